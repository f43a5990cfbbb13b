"""Likelihoods of single rates on the link scale: where they change, how sharply, and any value.

A count at the landmark is known in closed form. Anything else is looked at point by point.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import special

from bayesips.distributions.link import Link
from bayesips.distributions.mathematics import NUMPY
from bayesips.endpoints import Endpoint
from bayesips.endpoints.patient_times import PatientArm
from bayesips.engine.quadrature.data import Source, log_likelihood

# A likelihood has ended where it differs from its end value by exp(ENDED) of its peak.
ENDED = -40.0
# First look at other likelihoods: this far apart, and their information is taken above this.
LOOK, RELEVANT = 0.05, -6.0
HALVINGS = 40


@dataclass(frozen=True, eq=False)
class Likelihood:
    """One function of the link-scale rate eta.

    Parameters
    ----------
    log_at : callable
        Log likelihood at eta, any shape.
    link : Link
    counts : (successes, failures, log of the coefficient), or None
    low, high : float
        It is constant below and above, to rounding.
    ends : (float, float)
        Its values there, as parts of its peak.
    log_peak : float
    centre, information : float
        Of a Normal near to it.
    """

    log_at: Callable[[np.ndarray], np.ndarray]
    link: Link
    counts: tuple[float, float, float] | None
    low: float
    high: float
    ends: tuple[float, float]
    log_peak: float
    centre: float
    information: float


def likelihoods(
    endpoint: Endpoint, source: Source, shape: Sequence[np.ndarray]
) -> list[Likelihood]:
    """The likelihood of one rate's data: one, or one for each node of the shape."""
    arms = source.arms
    plain = len(arms) == 1 and not isinstance(arms[0], PatientArm)
    if plain and arms[0].relation == "=" and not arms[0].observations and source.translated:
        return [_counted(endpoint.scale, int(arms[0].successes), int(arms[0].n))]
    return _looked_at(endpoint, source, shape)


@lru_cache(maxsize=4096)
def _counted(link: Link, successes: int, n: int) -> Likelihood:
    """Of a count: binomial."""
    missed = n - successes
    constant = -np.log(n + 1.0) - float(special.betaln(successes + 1, missed + 1))

    def log_at(eta: np.ndarray) -> np.ndarray:
        total = np.full(np.shape(eta), constant)
        if successes:
            total = total + successes * link.log_rate(eta, NUMPY)
        if missed:
            total = total + missed * link.log_miss(eta, NUMPY)
        return total

    rate = (successes + 0.5) / (n + 1)
    centre = float(link.from_rate(np.array(rate)))
    slope = np.exp(2 * float(link.log_slope(np.array(centre))))
    information = n * slope / (rate * (1 - rate))
    share = successes / max(n, 1)
    log_peak = constant + float(special.xlogy(successes, share) + special.xlogy(missed, 1 - share))
    tiny = ENDED - np.log(max(n, 1))
    at_zero = float(link.at(np.array(tiny), np.array(-np.exp(tiny))))
    at_one = float(link.at(np.array(-np.exp(tiny)), np.array(tiny)))
    low_end, high_end = (at_one, at_zero) if link.decreasing else (at_zero, at_one)
    low = _fallen(log_at, centre, log_peak, low_end, -1.0)
    high = _fallen(log_at, centre, log_peak, high_end, 1.0)
    none, all_ = float(successes == 0), float(missed == 0)
    ends = (all_, none) if link.decreasing else (none, all_)
    counts = (float(successes), float(missed), constant)
    return Likelihood(log_at, link, counts, low, high, ends, log_peak, centre, information)


def _fallen(log_at: Callable, centre: float, log_peak: float, limit: float, side: float) -> float:
    """Where it has fallen to exp(ENDED) of its peak on one side; the limit if it never does."""
    if float(log_at(np.array(limit))) > log_peak + ENDED:
        return limit
    inner, outer = centre, limit
    for _ in range(HALVINGS):
        if abs(outer - inner) < LOOK:
            break
        middle = (inner + outer) / 2
        if float(log_at(np.array(middle))) < log_peak + ENDED:
            outer = middle
        else:
            inner = middle
    return outer


def _looked_at(endpoint: Endpoint, source: Source, shape: Sequence[np.ndarray]) -> list[Likelihood]:
    """Of anything else."""
    limits = endpoint.scale.limits
    look = np.arange(limits[0], limits[1] + LOOK, LOOK)
    rows = source.log_likelihood(endpoint, look, shape)
    return [
        _described(_single(endpoint, source, shape, place), endpoint.scale, look, logs)
        for place, logs in enumerate(rows)
    ]


def _single(
    endpoint: Endpoint, source: Source, shape: Sequence[np.ndarray], place: int
) -> Callable[[np.ndarray], np.ndarray]:
    """A source's log likelihood at one node of the shape."""
    nodes = tuple(value[:1] if source.translated else value[place : place + 1] for value in shape)

    def log_at(eta: np.ndarray) -> np.ndarray:
        flat = np.ravel(eta)
        return log_likelihood(endpoint, source.arms, flat, nodes)[0].reshape(np.shape(eta))

    return log_at


def _described(log_at: Callable, link: Link, look: np.ndarray, logs: np.ndarray) -> Likelihood:
    """A likelihood by its values at even points."""
    peak = float(logs.max())
    values = np.exp(logs - peak)
    moving = np.flatnonzero(np.abs(values - values[0]) > np.exp(ENDED))
    resting = np.flatnonzero(np.abs(values - values[-1]) > np.exp(ENDED))
    low = look[max(int(moving[0]) - 1, 0)] if len(moving) else 0.0
    high = look[min(int(resting[-1]) + 1, len(look) - 1)] if len(resting) else 0.0
    ends = tuple(float(value) if value > np.exp(ENDED) else 0.0 for value in values[[0, -1]])
    bend = -np.diff(logs, 2) / LOOK**2
    there = logs[1:-1] - peak > RELEVANT
    information = float(np.max(np.where(there, bend, 0.0), initial=0.0))
    centre = float(look[int(np.argmax(logs))])
    return Likelihood(log_at, link, None, float(low), float(high), ends, peak, centre, information)  # type: ignore[arg-type]  # two
