"""Every row of every arm against what the model predicts of it, with and without its own data."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from bayesips.answer.assessment.distribution import TAILS
from bayesips.answer.assessment.landmark_reading import LandmarkReading
from bayesips.answer.assessment.shape_points import ShapePoints
from bayesips.answer.table import Table
from bayesips.distributions.exact_binomial import clopper_pearson
from bayesips.endpoints import NUMPY, Landmark, arm_log_likelihood
from bayesips.endpoints.likelihood import allowed_counts, log_likelihood
from bayesips.endpoints.patient_times import PatientArm, reported_rows
from bayesips.evidence.arm import Arm, Day

# Rates of a row's day are gathered on this many nodes of the link scale.
BINS, ENDS = 1500, (-14.0, 7.0)
TIE = 1e-9
OWN, OTHERS, CHECKED = "own", "others", "(checks)"
NUMBERS = ("mean", "low", "high", "tail")


def checks(reading: LandmarkReading) -> Table | None:
    """One line for each row: what was reported, and what was predicted.

    `own_*`: replicates of the same patients (posterior predictive); `others_*`: a new group as
    large, from the other arms alone. `tail` is the probability of what is no more likely than what
    was reported (Box 1980), for a bound that of the bound's two sides, for patients of whom some
    left before the day the largest of those possible. NaN where the method predicts no arm; of
    "nuts" the `others_*` are the exact engine's, and NaN under a bridge that only "nuts" reads.
    """
    if CHECKED not in reading.kept:
        reading.kept[CHECKED] = _checks(reading)
    found: Table | None = reading.kept[CHECKED]
    return found


def _checks(reading: LandmarkReading) -> Table | None:
    """The lines of `checks`, computed anew."""
    lines = [line for place in range(len(reading.arms)) for line in _lines(reading, place)]
    if not lines:
        return None
    columns = {name: ("row", np.array([line[name] for line in lines])) for name in lines[0]}
    return Table.of(columns)


def _lines(reading: LandmarkReading, place: int) -> list[dict[str, Any]]:
    """The rows of one arm."""
    arm, endpoint, exact = reading.arms[place], reading.endpoint, reading.exact
    others = None if exact is None or exact.controls is None else exact.history(place + 1)
    sources = {OWN: reading.own(place), OTHERS: others}
    rows = reported_rows(arm, endpoint.day)
    lines = [_reported(arm, row, endpoint) for row in rows]
    for name, points in sources.items():
        weights = None if points is None else _with_days(arm, points, endpoint, own=name == OWN)
        for line, row in zip(lines, rows, strict=True):
            found = _predicted(arm, row, points, weights, endpoint)
            line |= {f"{name}_{part}": found[part] for part in NUMBERS}
    return lines


def _reported(arm: Arm, row: tuple, endpoint: Landmark) -> dict[str, Any]:
    """What a row says: rate with its exact interval, or the side of a bound; day or its range."""
    day, relation, count = row
    low, high = clopper_pearson(count, arm.n) if relation == "=" else (np.nan, np.nan)
    days = _day_range(day, endpoint)
    return {
        "arm": arm.label,
        "followed": arm.followed,
        "day": days[1],
        "day_low": days[0],
        "day_high": days[2],
        "day_known": not isinstance(day, str),
        "relation": relation,
        "successes": count,
        "n": arm.n,
        "rate": count / max(arm.n, 1),
        "low": float(low),
        "high": float(high),
    }


def _day_range(day: Day, endpoint: Landmark) -> tuple[float, float, float]:
    """A day, or the middle and the 95 % range of an unknown one before any data."""
    if not isinstance(day, str):
        known = float(endpoint.day if day is None else day)
        return known, known, known
    median, spread = endpoint.discharge if day == "discharge" else endpoint.not_stated
    far = np.exp(spread * special.ndtri(TAILS[1]))
    return median / far, median, median * far


def _with_days(
    arm: Arm, points: ShapePoints, endpoint: Landmark, *, own: bool
) -> tuple[np.ndarray, Any]:
    """Weights of (point, node of the unknown day), and the nodes; after the arm's data if own."""
    log_weights, days = endpoint.unknown_days(arm)
    if days is None:
        return points.weight[:, None], None
    day_weights = np.broadcast_to(np.exp(log_weights), (len(points.weight), len(days)))
    if own:
        day_weights = _after_data(arm, points, endpoint, days)
    return points.weight[:, None] * day_weights, days


def _after_data(arm: Arm, points: ShapePoints, endpoint: Landmark, days: np.ndarray) -> np.ndarray:
    """The day's posterior at every point, (N, days)."""
    logs = np.full((len(points.weight), len(days)), -np.inf)
    chains = endpoint.chains(arm, points.parts[0][1], points.shape, NUMPY)
    for here, (weights, chain) in zip(endpoint.day_groups(arm, days), chains, strict=True):
        logs[:, here] = weights + log_likelihood(arm.n, chain, NUMPY)
    return np.exp(logs - NUMPY.logsumexp(logs)[:, None])


def _predicted(
    arm: Arm,
    row: tuple,
    points: ShapePoints | None,
    weights: tuple[np.ndarray, Any] | None,
    endpoint: Landmark,
) -> dict[str, float]:
    """Mean and interval of the predicted count, and the tail of what was reported."""
    if points is None or weights is None:
        return dict.fromkeys(NUMBERS, np.nan)
    day, relation, count = row
    mass, days = weights
    eta = points.parts[0][1]
    if isinstance(day, str):
        shifted = eta[:, None] + endpoint.log_growth(
            days, tuple(value[:, None] for value in points.shape), NUMPY
        )
    else:
        known = endpoint.day if day is None else day
        shifted = (eta + endpoint.log_growth(known, points.shape, NUMPY))[:, None]
        mass = mass.sum(axis=1, keepdims=True)
    pmf = _counts(shifted, mass, arm.n)
    below = np.cumsum(pmf)
    low, high = (int(np.searchsorted(below, q * (1 - TIE))) for q in TAILS)
    if isinstance(arm, PatientArm):
        tail = _tail_of_followed(pmf, arm, float(day))
    else:
        tail = _tail(pmf, relation, count)
    return {"mean": float(pmf @ np.arange(arm.n + 1)), "low": low, "high": high, "tail": tail}


def _counts(eta: np.ndarray, mass: np.ndarray, n: int) -> np.ndarray:
    """Distribution of the number alive among n when eta is so distributed."""
    place = np.clip((eta - ENDS[0]) / (ENDS[1] - ENDS[0]) * (BINS - 1), 0, BINS - 1.001).ravel()
    first = place.astype(int)
    weight = np.broadcast_to(mass, eta.shape).ravel()
    share = place - first
    bins = np.bincount(first, weight * (1 - share), BINS)
    bins += np.bincount(first + 1, weight * share, BINS)
    hazard = np.exp(np.linspace(*ENDS, BINS))
    x = np.arange(n + 1)[:, None]
    choices = special.gammaln(n + 1) - special.gammaln(x + 1) - special.gammaln(n - x + 1)
    logs = choices - x * hazard + special.xlogy(n - x, -np.expm1(-hazard))
    pmf = np.exp(logs) @ bins
    return np.asarray(pmf / pmf.sum())


def _tail(pmf: np.ndarray, relation: str, count: int) -> float:
    """Probability of outcomes no more likely than the reported one."""
    if relation != "=":
        met = float(pmf[allowed_counts([(relation, count)], len(pmf) - 1)].sum())
        return met if met <= 0.5 else 1.0  # noqa: PLR2004  the bound and its opposite
    return float(min(1.0, pmf[pmf <= pmf[count] * (1 + TIE)].sum()))


def _tail_of_followed(pmf: np.ndarray, arm: PatientArm, day: float) -> float:
    """The largest tail of the counts that are possible where some patients left before."""
    fewest, most = arm.alive_between(day)
    return max(_tail(pmf, "=", count) for count in range(fewest, most + 1))


def event_probability(arm: Arm, points: ShapePoints, endpoint: Landmark) -> float:
    """Probability of all rows of an arm together, from points of its rate."""
    logs = arm_log_likelihood(endpoint, arm, points.parts[0][1], points.shape, NUMPY)
    return float(points.weight @ np.exp(logs))
