"""bayesips validate: a model, a plan or an evidence file read and checked; nothing is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bayesips.cli.options import DEFAULT_MODEL, Json

if TYPE_CHECKING:
    from bayesips.declare.model import Model
    from bayesips.evidence.selection import Evidence
    from bayesips.planning.plan_file import Plan

Declared = dict[str, str | list[str]]
DIGEST = 16  # letters of it that are shown


def validate(
    file: Annotated[
        str,
        typer.Argument(
            help="A model or plan (its file, or bare name), or an evidence file (.csv).",
            show_default=True,
        ),
    ] = DEFAULT_MODEL,
    as_json: Json = False,
) -> None:
    """Check a model, a plan or an evidence file."""
    from bayesips.cli.output.json_text import as_text

    kind, place, declared = _declared(file)
    if as_json:
        print(as_text({"file": place, "kind": kind, "valid": True, **declared}))
        return
    print(f"{place}: a valid {kind}")
    for name, said in declared.items():
        for line in [said] if isinstance(said, str) else said:
            print(f"  {name:<9} {line[:DIGEST] if name == 'digest' else line}")


def _declared(file: str) -> tuple[str, str, Declared]:
    """What kind of file it is, where, and what it declares."""
    from bayesips.declare.model import load_model
    from bayesips.declare.toml_file import plans_a_trial
    from bayesips.evidence.selection import load_evidence
    from bayesips.planning.plan_file import load_plan

    if file.endswith(".csv"):
        evidence = load_evidence(file)
        return "evidence file", str(evidence.file), _evidence(evidence)
    if plans_a_trial(file):
        plan = load_plan(file)
        return "plan", str(plan.path), _plan(plan)
    model = load_model(file)
    return "model", str(model.path), _model(model)


def _model(model: Model) -> Declared:
    """What a model declares."""
    from bayesips.borrowing import method_name
    from bayesips.declare.model import ModelError
    from bayesips.distributions.effects.scales import scale_named
    from bayesips.engine.control_rate import NEEDS_CONTROLS

    effect, method = scale_named(model.scale).words.title, method_name(model.method)
    if (own := model.concurrent) is None and model.borrowing.learns:
        raise ModelError(model.path, [f"[concurrent] {NEEDS_CONTROLS.format(method)}"])
    return {
        "question": model.question,
        "treated": f"{model.treated.successes} of {model.treated.n}, {model.treated.label}",
        **({"controls": f"{own.successes} of {own.n}, {own.label}"} if own else {}),
        "history": f"{_arms(len(model.history))}, method {method}",
        "decision": [
            f"P({effect} {model.outcome.sign} {decision.margin:g}) above {decision.probability:g}"
            for decision in model.decisions
        ],
        "digest": model.digest,
    }


def _plan(plan: Plan) -> Declared:
    """What a plan declares."""
    return {
        "question": plan.question,
        "design": [size.label for size in plan.sizes],
        "planned": f"{plan.truth.treated:g} treated against {plan.truth.control:g} control",
        "digest": plan.digest,
    }


def _evidence(evidence: Evidence) -> Declared:
    """What an evidence file holds."""
    sets = {name: evidence.select(name).arms for name in evidence.known_sets}
    return {
        "rows": str(len(evidence.rows)),
        "set": [
            f"{name}: {_arms(len(arms))}, {sum(int(arm.n) for arm in arms)} patients"
            for name, arms in sets.items()
        ],
    }


def _arms(number: int) -> str:
    """So many arms."""
    return f"{number} arm" if number == 1 else f"{number} arms"
