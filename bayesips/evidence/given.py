"""Groups of patients as Python has them: arms, tuples, a DataFrame, or an evidence file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bayesips.errors import Refused, shown
from bayesips.evidence.arm import Arm
from bayesips.evidence.rows import read_records
from bayesips.evidence.selection import Evidence, evidence_of, load_evidence

AN_ARM = (
    "an Arm is required, or (successes, n), (label, successes, n), (label, successes, n, day), or "
    "a mapping with these names"
)
ARMS = (
    "a list of arms is required (each an Arm, a tuple (label, successes, n) or a mapping), a "
    "DataFrame with the columns study, successes and n, an evidence file's path, or what "
    "load_evidence(path).select(control_set) returns"
)
NAMES = ("label", "successes", "n", "day")
FRAME = Path("DataFrame")  # the place that faults of a DataFrame name


def arm_of(given: object, label: str) -> Arm:
    """One group of patients; `label` is what it is called where it does not say.

    Raises
    ------
    Refused
        For what is no group of patients.
    """
    value: Any = given
    match value:
        case Arm():
            return value
        case Mapping() if {"successes", "n"} <= set(value) <= {*NAMES, "source", "note"}:
            return Arm(**{"label": label, **value})
        case (successes, n):
            return Arm(label, successes, n)
        case (str() as own, successes, n):
            return Arm(own, successes, n)
        case (str() as own, successes, n, day):
            return Arm(own, successes, n, day=day)
    raise Refused(f"{_shown(given)} given; {AN_ARM}")


def arms_of(given: object) -> tuple[Evidence | None, tuple[Arm, ...]]:
    """Historical arms, and the evidence file that they are from, where they are from one.

    Raises
    ------
    Refused
        For what holds no arms, or a file with several control sets.
    """
    match given:
        case Evidence():
            return given, given.arms
        case str() | Path():
            evidence = _only_set(load_evidence(given))
            return evidence, evidence.arms
        case Mapping():
            return None, tuple(arm_of(counts, str(label)) for label, counts in given.items())
    if hasattr(given, "columns"):
        return None, _only_set(evidence_of(read_records(FRAME, _records(given)), FRAME)).arms
    if not hasattr(given, "__iter__"):
        raise Refused(f"{_shown(given)} given; {ARMS}")
    several: Iterable[object] = given
    return None, tuple(arm_of(each, f"Study {place}") for place, each in enumerate(several, 1))


def _only_set(evidence: Evidence) -> Evidence:
    """The rows of the only control set."""
    if len(evidence.known_sets) != 1:
        raise Refused(
            f"{evidence.file} names the control sets {', '.join(evidence.known_sets)}; give "
            "load_evidence(path).select(name), or only the rows of one"
        )
    return evidence.select(*evidence.known_sets)


def _records(frame: object) -> list[dict[str, str]]:
    """Rows of a pandas or polars DataFrame as text by column, as a file has them."""
    rows = frame.to_dicts() if hasattr(frame, "to_dicts") else frame.to_dict("records")  # type: ignore[attr-defined]
    return [{str(name): _cell(value) for name, value in row.items()} for row in rows]


def _cell(value: object) -> str:
    """A cell as text: nothing where it is missing, a whole number without its point."""
    match value:
        case None:
            return ""
        case float() if math.isnan(value):
            return ""
        case float() if value.is_integer():
            return str(int(value))
    return str(value).strip()


def _shown(value: object) -> str:
    """A value, or what kind of table it is."""
    return "a DataFrame" if hasattr(value, "columns") else shown(value)
