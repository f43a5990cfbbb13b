"""Axes of the history: which arms, and what each of them counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from bayesips.borrowing import method_class
from bayesips.borrowing import names as method_names
from bayesips.declare.model import Model
from bayesips.endpoints.patient_times import PatientArm
from bayesips.errors import Refused, near_miss
from bayesips.evidence.arm import Arm
from bayesips.evidence.selection import Evidence, load_evidence, without_bounds
from bayesips.sensitivity.control_axes import ImpossibleChoiceError

BOUNDS = ("read", "dropped")


def takes_strata(method: type) -> bool:
    """Whether two strata of one study may be a method's arms; see `borrowing.method`."""
    return bool(getattr(method, "takes_strata", False))


def set_control_set(model: Model, value: str | Iterable[str]) -> Model:
    """Another control set of the evidence file, or several together."""
    if model.evidence is None:
        raise Refused(
            "history.control_set: the model gives its arms in place; there is no evidence file "
            "from which to choose another set"
        )
    names = (value,) if isinstance(value, str) else tuple(value)
    evidence, arms = _selected(model.evidence.file, model.evidence.file.stat().st_mtime_ns, names)
    if model.treated.label in evidence.labels:
        raise ImpossibleChoiceError(f"{model.treated.label} is treated, not its own control")
    if not takes_strata(type(model.method)) and (parts := strata(evidence)):
        allowed = [name for name in method_names() if takes_strata(method_class(name))]
        raise ImpossibleChoiceError(
            f"{' and '.join(parts)} are strata of one study, not studies that could be exchanged; "
            f"allowed with {', '.join(allowed)}"
        )
    return replace(model, evidence=evidence, history=arms)


def strata(evidence: Evidence) -> tuple[str, ...]:
    """Labels of selected arms that are parts of the same group of one study."""
    parts: dict[tuple[str, str], dict[str, None]] = {}
    for row in evidence.rows:
        if row.subset_of:
            parts.setdefault((row.study, row.subset_of), {})[row.label] = None
    return tuple(label for labels in parts.values() if len(labels) > 1 for label in labels)


@cache
def _selected(file: Path, changed: int, names: tuple[str, ...]) -> tuple[Evidence, tuple[Arm, ...]]:
    """A selection, read once for each state of the file."""
    del changed
    evidence = load_evidence(file).select(*names)
    return evidence, evidence.arms


def set_bounds(model: Model, value: str) -> Model:
    """Rows that are bounds: "read" at their bound, or "dropped"."""
    if value not in BOUNDS:
        raise Refused(f"history.bounds is {value!r}; allowed are {', '.join(BOUNDS)}")
    return model if value == "read" else replace(model, history=without_bounds(model.history))


def leave_out(model: Model, value: str | Iterable[str] | None) -> Model:
    """The history less one arm, or several; an arm that is not there changes nothing."""
    if value is None:
        return model
    names = {value} if isinstance(value, str) else set(value)
    _check_labels(model, names)
    kept = tuple(arm for arm in model.history if arm.label not in names)
    return model if len(kept) == len(model.history) else replace(model, history=kept)


def _check_labels(model: Model, names: set[str]) -> None:
    """Refuse a label that no arm has, in this set or in the whole file."""
    known = _labels(model)
    for name in sorted(names - set(known)):
        raise Refused(
            f"history.without: no arm {name!r}{near_miss(name, known)}; arms are "
            + ", ".join(known)
        )


def _labels(model: Model) -> tuple[str, ...]:
    """Labels of every arm that could be in the history."""
    own = tuple(arm.label for arm in model.history)
    if model.evidence is None:
        return own
    file = model.evidence.file
    return tuple(dict.fromkeys((*own, *_all_labels(file, file.stat().st_mtime_ns))))


@cache
def _all_labels(file: Path, changed: int) -> tuple[str, ...]:
    """Labels of a whole file."""
    del changed
    return load_evidence(file).labels


def successes_setter(label: str) -> Callable[[Model, Any], Model]:
    """Another count of one arm ("history.successes.<label>"), where reports contradict it."""

    def put(model: Model, value: int) -> Model:
        arms = tuple(_counted(arm, value) if arm.label == label else arm for arm in model.history)
        _check_labels(model, {label})
        return replace(model, history=arms)

    return put


def _counted(arm: Arm, successes: int) -> Arm:
    """The arm with another count in its first row."""
    if isinstance(arm, PatientArm):
        raise ImpossibleChoiceError(f"{arm.label} has patients' own times, not one count")
    parts = {f.name: getattr(arm, f.name) for f in fields(arm)} | {"successes": successes}
    try:
        return Arm(parts.pop("label"), parts.pop("successes"), parts.pop("n"), **parts)
    except Refused as error:
        raise ImpossibleChoiceError(str(error)) from error
