"""Density of one block's weighted Normals: one matrix for all cells.

A block of the grid holds weights of the location at even points, and a spread. Where the spread is
wider than the points lie apart the density is a plain sum of Normals. Where it is narrower the
weights are first filled in: the log of a posterior weight is nearly a parabola, so its polynomial
through 12 neighbours is right to rounding where that of the weight itself would not be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
from scipy import special

from bayesips.engine.quadrature.hard_ends import Panels
from bayesips.engine.quadrature.normal_sums import ROOT_2PI, Even
from bayesips.engine.quadrature.panel_cloud import PanelCloud

# A sum of Normals so many steps wide is right to rounding.
WIDE = 1.3
# Weights between points: through so many neighbours, on so many times as many points.
STENCIL, FILL = 12, 8
SIGNS = (-1.0) ** np.arange(STENCIL) * special.binom(STENCIL - 1, np.arange(STENCIL))
HERMITE_Z, HERMITE_W = np.polynomial.hermite_e.hermegauss(13)
HERMITE_W = HERMITE_W / HERMITE_W.sum()
# The least weight, so that its log can be interpolated.
LEAST = 1e-300
# The density ends where less than exp(-FAR) of the mass is left beyond.
FAR = 40.0
# A Normal is nothing beyond so many of its sds.
NEAR = 12.0
# Blocks of less weight than this are dropped.
LIGHTEST = 1e-17
# Sums of more terms than this, for no more cells, leave out far ones at so many places a time.
WHOLE, TOGETHER, MANY = 60_000, 48, 12
# Panels are so many times as wide as the density is smooth; places looked at for that.
PANEL, LOOKED_AT = 0.55, 200


@dataclass(frozen=True, eq=False)
class Bundle:
    """One block's weighted Normals.

    Parameters
    ----------
    places : Even, Panels, or a float where all have one centre
    sds, shares : array, shape (J,)
        Mixture of Normals about each place.
    weights : array, shape (C, points)
        Masses, non-negative; not normalised.
    """

    places: Even | Panels | float
    sds: np.ndarray
    shares: np.ndarray
    weights: np.ndarray
    clouds: dict[float, PanelCloud] = field(default_factory=dict)
    filled: dict[int, np.ndarray] = field(default_factory=dict)

    @cached_property
    def points(self) -> np.ndarray:
        """Places of the centres."""
        if isinstance(self.places, float):
            return np.array([self.places])
        return self.places.points if isinstance(self.places, Even) else self.places.nodes

    def bumps(self) -> list[tuple[float, float, float, float]]:
        """Share, lowest and highest mean over the cells, and width, of each spread."""
        total = np.maximum(self.weights.sum(axis=1), LEAST)
        mean = self.weights @ self.points / total
        square = np.maximum(self.weights @ self.points**2 / total - mean**2, 0.0).min()
        share = float(total.max())
        return [
            (
                share * own,
                float(mean.min()),
                float(mean.max()),
                float(np.hypot(sd, np.sqrt(square))),
            )
            for sd, own in zip(self.sds, self.shares, strict=True)
        ]

    @cached_property
    def low_and_high(self) -> tuple[float, float]:
        """Outermost places whose weight matters."""
        if isinstance(self.places, Panels):
            return self.places.low, self.places.high
        heavy = self.weights.max(axis=0)
        alive = self.points[heavy > LIGHTEST * max(float(heavy.max()), LEAST)]
        return float(alive.min(initial=np.inf)), float(alive.max(initial=-np.inf))

    def density(self, eta: np.ndarray) -> np.ndarray:
        """Density at eta (m,), (C, m)."""
        total = np.zeros((len(self.weights), len(eta)))
        low, high = self.low_and_high
        for sd, share in zip(self.sds, self.shares, strict=True):
            reach = NEAR * sd
            near = np.flatnonzero((eta > low - reach) & (eta < high + reach))
            if len(near):
                total[:, near] += share * self._about(float(sd), eta[near])
        return total

    def _about(self, sd: float, eta: np.ndarray) -> np.ndarray:
        """Density of one of the spreads at eta (m,), (C, m)."""
        if isinstance(self.places, Panels):
            return self._cloud(sd).density(eta)
        if isinstance(self.places, float) or self.places.count == 1:
            return np.asarray(self.weights * _normal((eta - self.points[0]) / sd) / sd)
        if sd >= WIDE * self.places.step:
            return _applied(self.weights, self.places, sd, eta, _sums)
        times = min(FILL, int(2 ** np.ceil(np.log2(WIDE * self.places.step / max(sd, LEAST)))))
        fine = self.places.finer(times)
        matrix = _sums if sd >= WIDE * fine.step else _local_sums
        return _applied(self._filled(times), fine, sd, eta, matrix) / times

    def _cloud(self, sd: float) -> PanelCloud:
        """Sums between hard ends for one of the spreads."""
        assert isinstance(self.places, Panels)
        if sd not in self.clouds:
            weights = self.weights[:, None]
            self.clouds[sd] = PanelCloud(self.places, np.array([sd]), weights)
        return self.clouds[sd]

    def _filled(self, times: int) -> np.ndarray:
        """Weights on `times` as many points, (C, fine)."""
        if times not in self.filled:
            logs = np.log(np.maximum(self.weights, LEAST))
            fine = logs @ filling(logs.shape[1], times).T
            # where weights have underflowed a polynomial may rise above all of them
            self.filled[times] = np.exp(np.minimum(fine, logs.max(axis=1, keepdims=True) + 1.0))
        return self.filled[times]


def _normal(z: np.ndarray) -> np.ndarray:
    """Standard Normal density."""
    return np.asarray(np.exp(-0.5 * z**2) / ROOT_2PI)


def _applied(
    weights: np.ndarray, places: Even, sd: float, eta: np.ndarray, matrix: Callable
) -> np.ndarray:
    """Weights (C, points) times a matrix at eta in order (m,), what is far left out; (C, m)."""
    if places.count * len(eta) <= WHOLE or len(weights) > MANY:
        return np.asarray(weights @ matrix(places, sd, eta))
    found = []
    for some in np.array_split(eta, 1 + len(eta) // TOGETHER):
        low, high = some.min() - NEAR * sd, some.max() + NEAR * sd
        first = int(np.clip((low - places.start) // places.step - STENCIL, 0, places.count - 1))
        last = int(np.clip((high - places.start) // places.step + STENCIL, 0, places.count - 1))
        start = places.start + first * places.step
        near = Even(start, places.unit, places.stride, last - first + 1)
        found.append(weights[:, first : last + 1] @ matrix(near, sd, some))
    return np.concatenate(found, axis=1)


def _sums(places: Even, sd: float, eta: np.ndarray) -> np.ndarray:
    """Normal densities about points at eta, (points, m)."""
    z = np.subtract.outer(places.points, eta) * (np.sqrt(0.5) / sd)
    return np.asarray(np.exp(-z * z) / (ROOT_2PI * sd))


def _local_sums(fine: Even, sd: float, eta: np.ndarray) -> np.ndarray:
    """What the weight at each fine point counts for about eta, averaged over a narrow Normal.

    Gauss-Hermite nodes about eta, the weights between points by local polynomials.
    """
    at = (eta[:, None] + sd * HERMITE_Z - fine.start) / fine.step
    inside = (at >= 0) & (at <= fine.count - 1)
    first = np.clip(np.floor(at).astype(int) - STENCIL // 2 + 1, 0, max(fine.count - STENCIL, 0))
    cardinal = _cardinals(np.where(inside, at - first, 0.0), min(STENCIL, fine.count))
    cardinal *= np.where(inside, HERMITE_W, 0.0)[..., None] / fine.step
    rows = np.arange(len(eta))[:, None, None]
    columns = first[..., None] + np.arange(cardinal.shape[-1])
    flat = (columns * len(eta) + rows).ravel()
    found = np.bincount(flat, cardinal.ravel(), minlength=fine.count * len(eta))
    return found.reshape(fine.count, len(eta))


def _cardinals(at: np.ndarray, count: int) -> np.ndarray:
    """What values at 0 .. count - 1 count for in the polynomial through them at `at`."""
    signs = (-1.0) ** np.arange(count) * special.binom(count - 1, np.arange(count))
    away = at[..., None] - np.arange(count)
    parts = signs / np.where(np.abs(away) < 1e-13, 1e-13, away)  # noqa: PLR2004  on a value
    return np.asarray(parts / parts.sum(axis=-1, keepdims=True))


@lru_cache(maxsize=256)
def filling(count: int, times: int) -> np.ndarray:
    """Matrix from values at even points to those on `times` as many, (fine, count)."""
    fine = (count - 1) * times + 1
    at = np.arange(fine) / times
    size = min(STENCIL, count)
    first = np.clip(np.floor(at).astype(int) - size // 2 + 1, 0, count - size)
    found = np.zeros((fine, count))
    np.put_along_axis(found, first[:, None] + np.arange(size), _cardinals(at - first, size), axis=1)
    return found


def trimmed(places: Even, weights: np.ndarray) -> tuple[Even, np.ndarray]:
    """Even points and their weights without those of no weight at either end."""
    heavy = weights.max(axis=0)
    alive = np.flatnonzero(heavy > LIGHTEST * max(float(heavy.max()), LEAST))
    if len(alive) == 0:
        return places, weights
    first = max(int(alive[0]) - 2, 0)
    last = min(max(int(alive[-1]) + 2, first + STENCIL), places.count - 1)
    start = places.start + places.step * first
    return Even(start, places.unit, places.stride, last - first + 1), weights[:, first : last + 1]
