"""bayesips validate: a model, a plan or an evidence file read and checked; nothing is computed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from bayesips.cli.options import DEFAULT_MODEL

if TYPE_CHECKING:
    from bayesips.declare.model import Model
    from bayesips.evidence.selection import Evidence
    from bayesips.planning.plan_file import Plan


def validate(
    file: Annotated[
        str,
        typer.Argument(
            help="A model or plan (its file, or bare name), or an evidence file (.csv).",
            show_default=True,
        ),
    ] = DEFAULT_MODEL,
) -> None:
    """Check a model, a plan or an evidence file."""
    for line in _said(file):
        print(line)


def _said(file: str) -> Iterator[str]:
    """What a file declares, by its kind."""
    from bayesips.declare.model import load_model
    from bayesips.declare.toml_file import plans_a_trial
    from bayesips.evidence.selection import load_evidence
    from bayesips.planning.plan_file import load_plan

    if file.endswith(".csv"):
        return _evidence(load_evidence(file))
    return _plan(load_plan(file)) if plans_a_trial(file) else _model(load_model(file))


def _model(model: Model) -> Iterator[str]:
    """What a model declares."""
    from bayesips.borrowing import method_name
    from bayesips.distributions.effects.scales import scale_named

    yield f"{model.path}: a valid model"
    yield f"  question  {model.question}"
    yield f"  treated   {model.treated.successes} of {model.treated.n}, {model.treated.label}"
    yield f"  history   {_arms(len(model.history))}, method {method_name(model.method)}"
    for decision in model.decisions:
        yield (
            f"  decision  P({scale_named(model.scale).words.title} > {decision.margin:g}) "
            f"above {decision.probability:g}"
        )
    yield f"  digest    {model.digest[:16]}"


def _plan(plan: Plan) -> Iterator[str]:
    """What a plan declares."""
    yield f"{plan.path}: a valid plan"
    yield f"  question  {plan.question}"
    for size in plan.sizes:
        yield f"  design    {size.label}"
    yield f"  planned   {plan.truth.treated:g} treated against {plan.truth.control:g} control"
    yield f"  digest    {plan.digest[:16]}"


def _evidence(evidence: Evidence) -> Iterator[str]:
    """What an evidence file holds."""
    yield f"{evidence.file}: a valid evidence file"
    yield f"  rows      {len(evidence.rows)}"
    for name in evidence.known_sets:
        arms = evidence.select(name).arms
        patients = sum(int(arm.n) for arm in arms)
        yield f"  set       {name}: {_arms(len(arms))}, {patients} patients"


def _arms(number: int) -> str:
    """So many arms."""
    return f"{number} arm" if number == 1 else f"{number} arms"
