"""The parts of a model file, read from its tables and checked against each other."""

from pathlib import Path
from typing import Any

from bayesips.borrowing import Method
from bayesips.declare.arms import check_course, check_readable
from bayesips.declare.outcome import (
    check_direction,
    directed_bias,
    directed_criteria,
    outcome_day,
    read_outcome,
)
from bayesips.declare.sections import (
    MARGINS,
    read_bias,
    read_concurrent,
    read_decisions,
    read_history,
    read_treated,
)
from bayesips.declare.settings import (
    check_arms,
    needs_arms,
    needs_day,
    read_control,
    read_endpoint,
)
from bayesips.declare.table import Table
from bayesips.declare.trial_arms import Place, check_concurrent, check_trial
from bayesips.distributions.ranges import POSITIVE
from bayesips.endpoints import names as endpoint_names
from bayesips.evidence.arm import Arm
from bayesips.evidence.selection import Evidence

KEYS = (
    "name", "question", "endpoint", "landmark_day", "scale",
    "outcome", "treated", "concurrent", "history", "control", "bias", "decision", "sensitivity",
)  # fmt: skip


def read_model(top: Table, folder: Path) -> dict[str, Any]:
    """Every part of a model file by its name, faults added to the table's."""
    top.allow(*KEYS, *endpoint_names())
    outcome, day = read_outcome(top), _landmark_day(top)
    scale = top.choice("scale", tuple(MARGINS), "difference")
    place = Place(folder, day, outcome, needs_day(top))
    treated, prior = read_treated(_section(top, "treated", "label, successes, n and prior"), place)
    control = _section(top, "control", "a method")
    method, robust = read_control(control)
    endpoint = read_endpoint(top, day)
    evidence, arms = _history(top, control, method, treated, folder)
    concurrent = read_concurrent(top, place)
    check_concurrent(top, concurrent, [treated, *arms])
    if endpoint is not None:
        check_readable(top, arms, endpoint, day, evidence)
    check_direction(top, outcome, endpoint)
    _check_day(top, day, evidence)
    if outcome.is_survival or needs_day(top):
        for table, group in (("treated", [treated]), ("history", arms)):
            check_course(top, table, group, day)
    return {
        "name": top.text("name"),
        "question": top.text("question"),
        "endpoint": endpoint,
        "landmark_day": day,
        "scale": scale,
        "treated": treated,
        "treated_prior": prior,
        "evidence": evidence,
        "history": arms,
        "concurrent": concurrent,
        "patient_files": check_trial(top, arms, place),
        "method": method,
        "robust": robust,
        "bias": directed_bias(read_bias(top.table("bias")), outcome),
        "decisions": directed_criteria(read_decisions(top, scale), scale, outcome),
        "outcome": outcome,
        "sensitivity": sensitivity.content if (sensitivity := top.table("sensitivity")) else {},
    }


def _section(top: Table, key: str, needed: str) -> Table:
    """A table that must be there; where it is not, that is one fault and its keys are none."""
    return top.table(key, needed) or Table({}, key, [])


def _check_day(top: Table, day: float | None, evidence: Evidence | None) -> None:
    """An evidence file that states days needs the day asked about."""
    stated = evidence is not None and any(row.day for row in evidence.rows)
    if day is None and "landmark_day" not in top.content and stated:
        top.add_fault("landmark_day", f"{POSITIVE} is required: the evidence file states days")


def _landmark_day(top: Table) -> float | None:
    """The day asked about; it may be left out where no row of the history has a day."""
    if "landmark_day" in top.content:
        outcome_day(top)  # a fault where it is another
        return top.number("landmark_day", POSITIVE)
    if (day := outcome_day(top)) is not None:
        return day
    if needs_day(top):
        top.add_fault("landmark_day", f"{POSITIVE} is required")
    return None


def _history(
    top: Table, control: Table, method: Method | None, treated: Arm | None, folder: Path
) -> tuple[Evidence | None, tuple[Arm, ...]]:
    """The historical arms, as many as the method can use and none of them the treated arm."""
    if "history" not in top.content and not needs_arms(control):
        return None, ()
    history = _section(top, "history", "evidence and control_set, or arms")
    before = len(top.faults)
    evidence, arms = read_history(history, folder)
    if history.content and len(top.faults) == before:
        check_arms(control, history, arms, method)
        for label in {arm.label for arm in arms} & {treated.label if treated else None}:
            top.faults.append(f"{history.place} {label!r} is treated and cannot be its own control")
    return evidence, arms
