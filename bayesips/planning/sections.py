"""The tables of a plan file, each read into its noun; faults go to the table that is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bayesips.declare.arms import check_readable
from bayesips.declare.model import ModelError, load_model
from bayesips.declare.sections import MARGINS, read_bias, read_history, read_prior
from bayesips.declare.settings import check_arms, read_control, read_endpoint
from bayesips.declare.table import Table, is_whole
from bayesips.designs.looks import Posterior, PredictiveAbove, PredictiveBelow, Stop
from bayesips.designs.rule import Criterion, Rule, Scale, Tail
from bayesips.distributions import BetaMixture
from bayesips.distributions.ranges import INSIDE, POSITIVE
from bayesips.endpoints import Binary, Endpoint
from bayesips.engine.control_rate import Borrowing
from bayesips.planning.control_belief import ControlBelief

IN_PLACE = ("history", "control", "bias", "endpoint", "landmark_day", "landmark")
MOST_PATIENTS = 2000  # of an arm; tables grow with the product of the arms


@dataclass(frozen=True)
class Size:
    """Patients of one candidate at each look."""

    label: str
    looks: tuple[tuple[int, ...], ...]


def read_belief(top: Table, folder: Path) -> ControlBelief | None:
    """What is believed about controls: an assessment model's, or tables in place, or nothing."""
    if "model" in top.content:
        for key in IN_PLACE:
            if key in top.content:
                top.add_fault(key, "either model, whose own is taken, or tables in place, not both")
        name = top.text("model")
        return None if name is None else belief_of(top, "model", name, folder)
    if "control" not in top.content and "history" not in top.content:
        return None
    return _belief_in_place(top, folder)


def belief_of(table: Table, key: str, name: str, folder: Path) -> ControlBelief | None:
    """The control of an assessment model, by bare name or by a path beside the plan file."""
    try:
        model = load_model(folder / name if ".toml" in name else name)
    except ModelError as error:
        table.add_fault(key, "; ".join(error.faults))
        return None
    return ControlBelief(model.name, model.borrowing)


def _belief_in_place(top: Table, folder: Path) -> ControlBelief | None:
    """History, method and bias of the plan file itself."""
    before = len(top.faults)
    day = top.number("landmark_day", POSITIVE, None)
    endpoint: Endpoint | None = read_endpoint(top, day) if "endpoint" in top.content else Binary()
    control = top.table("control", "a method") or Table({}, "control", [])
    method, robust = read_control(control)
    history = top.table("history", "evidence and control_set, or arms") or Table({}, "history", [])
    evidence, arms = read_history(history, folder)
    if endpoint is not None:
        check_readable(top, arms, endpoint, day, evidence)
    if len(top.faults) == before:
        check_arms(control, history, arms, method)
    bias = read_bias(top.table("bias"))
    if len(top.faults) > before:
        return None
    assert endpoint is not None  # without faults there is one
    read = tuple(endpoint.reading(arms, day))
    return ControlBelief("in place", Borrowing(read, method, endpoint, bias, robust))


def read_analysis_prior(top: Table) -> BetaMixture | None:
    """Prior of the treated rate in the analysis."""
    table = top.table("treated", "prior")
    if table is None:
        return None
    table.allow("label", "prior")
    return read_prior(table)


def read_sizes(top: Table) -> tuple[Size, ...]:
    """The candidates, each label once, all of one arm or all of two."""
    sizes = []
    for part in top.tables("design", "label and treated, and control for two arms"):
        part.allow("label", "treated", "control")
        label, arms = part.text("label"), [_patients(part, "treated")]
        if "control" in part.content:
            arms.append(_patients(part, "control"))
        given = [arm for arm in arms if arm is not None]
        if label is None or len(given) < len(arms):
            continue
        if len({len(arm) for arm in given}) > 1:
            part.add_fault("control", "as many looks as treated has")
            continue
        sizes.append(Size(label, tuple(zip(*given, strict=True))))
    labels = [size.label for size in sizes]
    for label in dict.fromkeys(label for label in labels if labels.count(label) > 1):
        top.add_fault("design", f"label {label!r} is given twice; each design needs its own")
    if len({len(size.looks[-1]) for size in sizes}) > 1:
        top.add_fault("design", "designs of one arm and of two arms belong in files of their own")
    return tuple(sizes)


def _patients(table: Table, key: str) -> tuple[int, ...] | None:
    """Patients of an arm: a number, or a list of numbers that grow, one for each look."""
    value = table.content.get(key)
    looks = value if isinstance(value, list) else [value]
    if not all(map(is_whole, looks)) or not looks or sorted(set(looks)) != looks or looks[0] < 1:
        table.add_fault(
            key, "patients are required, or a list of them that grows, one for each look"
        )
        return None
    if looks[-1] > MOST_PATIENTS:
        table.add_fault(key, f"at most {MOST_PATIENTS} patients")
        return None
    return tuple(looks)


def read_rule(top: Table, key: str, scale: Scale, about: tuple[str, ...]) -> Rule | None:
    """Criteria on the effect (`margin`) or, where `about` has it, on the rate itself (`rate`)."""
    criteria: list[Criterion] = []
    kinds: set[str] = set()
    tail: Tail = "upper" if key == "decision" else "lower"
    for part in top.tables(key, f"{' or '.join(about)} and probability"):
        part.allow(*about, "probability")
        kind = "rate" if "rate" in about and "rate" in part.content else "margin"
        if kind == "rate" and "margin" in part.content:
            part.add_fault("margin", "either rate, or margin over history, not both")
        allowed = INSIDE if kind == "rate" else MARGINS[scale]
        edge, probability = part.number(kind, allowed), part.number("probability", INSIDE)
        kinds.add(kind)
        if edge is not None and probability is not None:
            criteria.append(Criterion(edge, probability, tail))
    if len(kinds) > 1:
        top.add_fault(key, "all by rate or all by margin")
    return Rule(criteria, scale) if criteria else None


def by_rate(top: Table) -> bool:
    """Whether the decisions are about the rate itself."""
    parts = top.content.get("decision")
    rows = parts if isinstance(parts, list) else []
    return any(isinstance(part, dict) and "rate" in part for part in rows)


def read_interim(top: Table, rule: Rule | None) -> tuple[Stop | None, Stop | None]:
    """What stops the trial early, for efficacy and for futility."""
    table = top.table("interim")
    if table is None or rule is None:
        return None, None
    table.allow("efficacy", "futility")
    return _stop(table, "efficacy", rule), _stop(table, "futility", rule)


def _stop(table: Table, key: str, rule: Rule) -> Stop | None:
    """One stopping rule: by posterior or by predictive probability."""
    part = table.table(key)
    if part is None:
        return None
    part.allow("posterior", "predictive")
    if len(part.content) != 1:
        table.add_fault(key, "{ posterior = probability } or { predictive = probability }")
        return None
    (kind,) = part.content
    probability = part.number(kind, INSIDE)
    if probability is None:
        return None
    if kind == "predictive":
        return (PredictiveAbove if key == "efficacy" else PredictiveBelow)(probability)
    tail: Tail = "upper" if key == "efficacy" else "lower"
    edge = rule.criteria[0].threshold
    return Posterior(Rule([Criterion(edge, probability, tail)], rule.scale))
