"""Rows of the same patients under the landmark endpoint: their order, and days nobody stated."""

from __future__ import annotations

import math as scalar
from collections.abc import Sequence
from typing import Any

import numpy as np

from bayesips.distributions.mathematics import Mathematics
from bayesips.endpoints.likelihood import allowed_counts
from bayesips.endpoints.patient_times import PatientArm
from bayesips.errors import Refused
from bayesips.evidence.arm import Arm

# Nodes for an unknown day, even in its standardised log: to 1e-8 for hundreds of patients.
EVEN_NODES, EVEN_REACH = 49, 6.0
# Where other rows of the same patients split the day: Gauss nodes on pieces, to so many sds.
DAY_NODES, DAY_PIECES, FARTHEST = 25, 4, 8.0


def day_nodes(median: float, spread: float, known: Sequence[float]) -> tuple[Any, Any]:
    """Log weights and nodes of a lognormal day, split where it passes a known one.

    Where the rows change order the likelihood has a kink or a jump; between them it is smooth.
    """
    if not known:
        z = np.linspace(-EVEN_REACH, EVEN_REACH, EVEN_NODES)  # the trapezoid is spectral here
        weights = np.exp(-0.5 * z**2)
        return np.log(weights / weights.sum()), median * np.exp(spread * z)
    kinks = [scalar.log(day / median) / spread for day in known]
    kinks = [z for z in kinks if abs(z) < FARTHEST]
    edges = np.array(sorted({*np.linspace(-FARTHEST, FARTHEST, DAY_PIECES + 1), *kinks}))
    x, w = np.polynomial.legendre.leggauss(DAY_NODES)
    half = np.diff(edges)[:, None] / 2
    z = (edges[:-1, None] + half * (x + 1)).ravel()
    weights = (half * w).ravel() * np.exp(-0.5 * z**2)
    return np.log(weights / weights.sum()), median * np.exp(spread * z)


def check_rows(arm: Arm | PatientArm, asked: float) -> None:
    """Refuse rows of known days that no course of the same patients could give."""
    if isinstance(arm, PatientArm) or np.ndim(arm.successes) or np.ndim(arm.n):
        return  # intervals are checked where they are made; a batch has no single course
    rows = rows_by_day(arm, asked, None)
    wrong = first_contradiction(rows, arm.n)
    if wrong is not None:
        raise Refused(f"{arm.label}: {_contradiction(*wrong, rows[wrong[0]], arm.n)}")


def rows_by_day(
    arm: Arm, asked: float, unknown: float | None
) -> dict[float, list[tuple[str, int]]]:
    """Rows by day, in order; `unknown` stands for a day nobody stated, None leaves it out."""
    rows: dict[float, list[tuple[str, int]]] = {}
    for day, relation, successes in arm.rows:
        known = asked if day is None else unknown if isinstance(day, str) else day
        if known is not None:
            rows.setdefault(known, []).append((relation, successes))
    return {day: rows[day] for day in sorted(rows)}


def piecewise_hazard(
    day: Any, cuts: Sequence[float], steps: tuple[Any, ...], math: Mathematics
) -> Any:
    """Cumulative hazard, constant between cuts, that of the first interval being 1.

    `steps` are the successive log hazard ratios.
    """
    edges = (0.0, *cuts, scalar.inf)
    total, log_hazard = 0.0 * steps[0], 0.0 * steps[0]
    for index in range(len(edges) - 1):
        width = np.maximum(0.0, np.minimum(day, edges[index + 1]) - edges[index])
        if index:
            log_hazard = log_hazard + steps[index - 1]
        total = total + width * math.exp(log_hazard)
    return total


def _contradiction(day: float, most: int, rows: list[tuple[str, int]], n: int) -> str:
    """Why the rows of a day cannot be: of themselves, or after the rows of days before."""
    said = " and ".join(f"{relation} {successes}" for relation, successes in rows)
    if not len(allowed_counts(rows, n)):
        return (
            f"alive at day {day:g} {said} of {n}; the rows of that day contradict each other, for "
            "no number of patients meets them all"
        )
    return (
        f"alive at day {day:g} {said}, but at most {most} of {n} can be alive then; survivors "
        "cannot rise from one day to a later one"
    )


def first_contradiction(
    rows: dict[float, list[tuple[str, int]]], n: int
) -> tuple[float, int] | None:
    """First day (of rows in order) that no course of n patients meets, and the most alive then."""
    most = n
    for day, of_day in rows.items():
        counts = allowed_counts(of_day, most)
        if not len(counts):
            return day, most
        most = int(counts.max())
    return None
