"""Kaplan-Meier estimate of a group of patients, with limits exact where nobody is censored.

The limits are the beta product confidence procedure by the method of moments (Fay, Brittain &
Proschan 2013, Biostatistics 14:723-36, doi:10.1093/biostatistics/kxt016). Without censoring they
are those of Clopper and Pearson.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from bayesips.endpoints.patient_times import Interval, PatientArm


@dataclass(frozen=True)
class Estimate:
    """Survival at one day, with its 95 % confidence limits."""

    rate: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Steps:
    """The whole curve: survival from each day on, and those who left alive on it.

    Attributes
    ----------
    day : array, (S,)
        Days on which anybody died or left, the first 0.
    rate : array, (S,)
        Survival from that day on.
    left : array of int, (S,)
        Patients last seen alive on that day.
    """

    day: np.ndarray
    rate: np.ndarray
    left: np.ndarray


def steps(arm: PatientArm) -> Steps:
    """The curve of a group."""
    left = leavers(arm)
    kept = [place for place, part in enumerate(arm.intervals) if part.deaths or left[place]]
    rates = np.cumprod([1 - part.deaths / max(part.at_risk, 1) for part in arm.intervals])
    return Steps(
        np.array([0.0, *(arm.intervals[place].end for place in kept)]),
        np.array([1.0, *rates[kept]]),
        np.array([0, *(left[place] for place in kept)]),
    )


def estimate(arm: PatientArm, day: float, level: float = 0.95) -> Estimate:
    """Survival at a day within the follow-up, with its limits."""
    past = [part for part in arm.intervals if part.end <= day]
    lost = [(part.at_risk - part.deaths + 1, part.deaths) for part in past if part.deaths]
    rate = float(np.prod([1 - part.deaths / part.at_risk for part in past if part.deaths]))
    tail, alive = (1 - level) / 2, _alive(arm, past, day)
    low = _quantile([*lost, (alive, 1)], tail) if alive else 0.0
    return Estimate(rate, low, _quantile(lost, 1 - tail) if lost else 1.0)


def leavers(arm: PatientArm) -> list[int]:
    """Patients last seen alive at the end of each interval."""
    after = [*(part.at_risk for part in arm.intervals[1:]), 0]
    return [
        part.at_risk - part.deaths - later for part, later in zip(arm.intervals, after, strict=True)
    ]


def _alive(arm: PatientArm, past: Sequence[Interval], day: float) -> int:
    """Patients seen alive on a day."""
    if past and past[-1].end == day:
        return past[-1].at_risk - past[-1].deaths
    return next((part.at_risk for part in arm.intervals if part.end > day), 0)


def _quantile(shapes: Sequence[tuple[int, int]], q: float) -> float:
    """Quantile of a product of Beta variables, as the Beta with its first two moments."""
    a, b = np.array(shapes, dtype=float).T
    mean = np.prod(a / (a + b))
    square = np.prod(a * (a + 1) / ((a + b) * (a + b + 1)))
    size = (mean - square) / (square - mean**2)
    return float(special.betaincinv(mean * size, (1 - mean) * size, q))
