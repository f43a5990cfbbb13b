"""Sums of Normals about even centres, every term positive: the sum keeps its digits in any tail.

Where a spread is wider than the centres lie apart the density is a plain sum. Where it is narrower
the weights are first carried to more centres: the log of a posterior weight is nearly a parabola,
so its polynomial through neighbours is right where that of the weight itself would not be. The
trapezoid rule for a smooth function times a Normal converges faster than any power of the step
(Trefethen & Weideman 2014, SIAM Rev 56:385-458).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bayesips.engine.quadrature.even_places import STENCIL, cardinals, filling

Density = Callable[[np.ndarray], np.ndarray]
ROOT_2PI = float(np.sqrt(2 * np.pi))
# A sum of Normals so many steps wide is right to rounding.
WIDE = 1.3
# Weights between centres: on so many times as many centres at most.
FILL = 8
# A Normal narrower than the finest of these steps is averaged by a rule of its own.
HERMITE_Z, HERMITE_W = np.polynomial.hermite_e.hermegauss(7)
# In sds: runs of even places are no longer than this, and Normals are nothing beyond that.
LONGEST, FARTHEST = 6.0, 38.0
# Places of a run, and terms held at once.
LONGEST_RUN, BLOCK = 16, 40_000


@dataclass(frozen=True)
class Places:
    """Even centres: `start`, then `count` of them `step` apart."""

    start: float
    step: float
    count: int

    def finer(self, times: int) -> Places:
        """The same range with `times` as many steps."""
        return Places(self.start, self.step / times, (self.count - 1) * times + 1)

    def in_runs(self, values: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
        """Middles of runs of some length, (R,), and values (C, count) as (C, length, R)."""
        runs = -(-self.count // length)
        padded = np.zeros((len(values), runs * length))
        padded[:, : self.count] = values
        middles = self.start + self.step * (length * np.arange(runs) + length // 2)
        return middles, padded.reshape(len(values), runs, length).swapaxes(1, 2)


@dataclass(frozen=True, eq=False)
class Runs:
    """Normals of about the same spread, in runs of as many even centres each.

    Parameters
    ----------
    middles, gaps, sds : array, shape (R,)
        Of each run: its middle centre, the distance of neighbours, and the spread.
    weights : array, shape (C, count, R)
    """

    middles: np.ndarray
    gaps: np.ndarray
    sds: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, places: Places, sd: float, weights: np.ndarray) -> Runs:
        """All centres, in runs of no more than some sds."""
        longest = min(LONGEST * sd / places.step, LONGEST_RUN, places.count)
        middles, own = places.in_runs(weights, 2 ** int(np.log2(max(longest, 1.0))))
        runs = len(middles)
        return cls(middles, np.full(runs, places.step), np.full(runs, sd), own)

    @property
    def alike(self) -> tuple[int, int]:
        """Centres of a run, and the octave of the spread: runs alike are summed in one go."""
        return self.weights.shape[1], int(np.floor(np.log2(self.sds[0])))

    @classmethod
    def joined(cls, every: Sequence[Runs]) -> Runs:
        """Runs alike in a row, those without weight left out."""
        weights = np.concatenate([each.weights for each in every], axis=2)
        kept = np.flatnonzero(weights.max(axis=(0, 1)) > 0)
        rows = [(each.middles, each.gaps, each.sds) for each in every]
        middles, gaps, sds = (np.concatenate(x)[kept] for x in zip(*rows, strict=True))
        return cls(middles, gaps, sds, weights[..., kept])

    def density(self, eta: np.ndarray) -> np.ndarray:
        """At eta (m,), (C, m)."""
        cells, count, _ = self.weights.shape
        reach = FARTHEST * self.sds + count * self.gaps
        near = (self.middles > eta.min() - reach) & (self.middles < eta.max() + reach)
        middles, gaps, sds = (x[near][:, None] for x in (self.middles, self.gaps, self.sds))
        heights = (self.weights[..., near] / (ROOT_2PI * sds[:, 0])).reshape(cells, -1)
        size = min(len(eta), 1 + heights.shape[1] * len(eta) // BLOCK)
        each = []
        for part in np.array_split(eta, size):
            terms = kernel((part - middles) / sds, gaps / sds, count)
            each.append(heights @ terms.reshape(-1, len(part)))
        return np.concatenate(each, axis=1)


def density(normals: Sequence[tuple[Places, float, np.ndarray]]) -> Density:
    """Density of weighted Normals: a function of eta (m,), (C, m).

    `normals` are even centres, a spread, and the logs of the weights (C, count), for each spread.
    """
    runs: dict[tuple[int, int], list[Runs]] = {}
    narrow = []
    for places, sd, logs in normals:
        fine, filled = _filled(places, sd, logs)
        if places.count == 1 or sd >= WIDE * fine.step:
            own = Runs.of(fine, sd, np.exp(filled))
            runs.setdefault(own.alike, []).append(own)
        else:
            narrow.append((fine, sd, filled))
    joined = [Runs.joined(some) for some in runs.values()]

    def at(eta: np.ndarray) -> np.ndarray:
        plain = [each.density(eta) for each in joined]
        return np.asarray(sum([*plain, *(_about(*each, eta) for each in narrow)]))

    return at


def _filled(places: Places, sd: float, logs: np.ndarray) -> tuple[Places, np.ndarray]:
    """Centres near enough for a sum of this spread, or as near as is done, and their weights."""
    times = 1
    while sd < WIDE * places.step / times and times < FILL and places.count > 1:
        times *= 2
    if times == 1:
        return places, logs
    filled = logs @ filling(places.count, times).T - np.log(times)
    # where weights have underflowed a polynomial may rise above all of them
    return places.finer(times), np.minimum(filled, logs.max(axis=1, keepdims=True) + 1)


def averages(nodes: Places, values: np.ndarray, centre: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """A function's mean over Normals, from its values (n,) at even places; (m,).

    Parameters
    ----------
    nodes : Places
        No farther apart than the narrowest Normal allows.
    values : array, shape (n,)
        Non-negative.
    centre, sd : array, shape (m,)
    """
    found = np.empty(len(centre))
    count = int(max(1, min(LONGEST * sd.min() / nodes.step, LONGEST_RUN)))
    middles, own = nodes.in_runs(values[None] * (nodes.step / ROOT_2PI), count)
    flat = own.ravel()
    for part in np.array_split(np.arange(len(centre)), 1 + len(centre) * nodes.count // BLOCK):
        some = sd[part]
        terms = kernel((centre[part] - middles[:, None]) / some, nodes.step / some, count)
        found[part] = flat @ terms.reshape(-1, len(part)) / some
    return found


def kernel(away: np.ndarray, gap: np.ndarray, count: int) -> np.ndarray:
    """exp(-z^2 / 2) at even places z = away - i gap about i = 0; (count, *away.shape).

    Neighbours differ by a factor, whose own factor is constant: two products for each place stand
    for an exponential. `away` and `gap` are in sds; i runs from -(count // 2) upwards. Farther than
    `FARTHEST` all is next to nothing, and is given as that.
    """
    away = np.clip(away, -FARTHEST, FARTHEST)
    found = np.empty((count, *away.shape))
    middle = count // 2
    np.exp(-0.5 * away * away, out=found[middle])
    if count == 1:  # a gap of many sds, which nothing asks for, would overflow below
        return found
    once, twice = np.exp(-0.5 * gap * gap), np.exp(-gap * gap)
    ratio = np.exp(away * gap)
    back = once / ratio
    ratio *= once
    for place in range(middle + 1, count):
        np.multiply(found[place - 1], ratio, out=found[place])
        ratio *= twice
    for place in range(middle - 1, -1, -1):
        np.multiply(found[place + 1], back, out=found[place])
        back *= twice
    return found


def _about(places: Places, sd: float, logs: np.ndarray, eta: np.ndarray) -> np.ndarray:
    """Density of Normals far narrower than the centres lie apart: the weights' own, averaged."""
    at = (eta[:, None] + sd * HERMITE_Z - places.start) / places.step
    inside = (at >= 0) & (at <= places.count - 1)
    size = min(STENCIL, places.count)
    first = np.clip(np.floor(at).astype(int) - size // 2 + 1, 0, places.count - size)
    shares = cardinals(np.where(inside, at - first, 0.0), size)
    near = logs[:, first[..., None] + np.arange(size)]
    values = np.where(inside, np.exp(np.einsum("cmqk,mqk->cmq", near, shares)), 0.0)
    return np.asarray(values @ (HERMITE_W / HERMITE_W.sum()) / places.step)
