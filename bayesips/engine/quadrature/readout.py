"""Density of a rate from weighted Normals: sums over the points of a grid, one matrix for all cells.

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

from bayesips.engine.quadrature.grid import Grid, about_one_centre
from bayesips.engine.quadrature.hard_ends import Panels
from bayesips.engine.quadrature.normal_sums import ROOT_2PI, Even
from bayesips.engine.quadrature.panel_cloud import PanelCloud
from bayesips.engine.quadrature.story import Normal

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
# Blocks of less weight than this are dropped.
LIGHTEST = 1e-17
BLOCK = 4_000_000


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

    @cached_property
    def points(self) -> np.ndarray:
        """Places of the centres."""
        if isinstance(self.places, float):
            return np.array([self.places])
        return self.places.points if isinstance(self.places, Even) else self.places.nodes

    @property
    def low_and_high(self) -> tuple[float, float]:
        """Outermost places whose weight matters."""
        heavy = self.weights.max(axis=0)
        alive = self.points[heavy > LIGHTEST * max(float(heavy.max()), LEAST)]
        return float(alive.min(initial=np.inf)), float(alive.max(initial=-np.inf))

    def density(self, eta: np.ndarray) -> np.ndarray:
        """Density at eta (m,), (C, m)."""
        total = np.zeros((len(self.weights), len(eta)))
        for sd, share in zip(self.sds, self.shares, strict=True):
            if isinstance(self.places, Panels):
                total += share * self._cloud(sd).density(eta)
            elif isinstance(self.places, float) or self.places.count == 1:
                total += share * self.weights * _normal((eta - self.points[0]) / sd) / sd
            elif sd >= WIDE * self.places.step:
                total += share * (self.weights @ _sums(self.points, sd, eta))
            else:
                fine = self.places.finer(FILL)
                matrix = (
                    _sums(fine.points, sd, eta)
                    if sd >= WIDE * fine.step
                    else _local_sums(fine, sd, eta)
                )
                total += share / FILL * (self._filled @ matrix)
        return total

    def _cloud(self, sd: float) -> PanelCloud:
        """Sums between hard ends for one of the spreads."""
        assert isinstance(self.places, Panels)
        if sd not in self.clouds:
            weights = self.weights[:, None]
            self.clouds[sd] = PanelCloud(self.places, np.array([sd]), weights, (-np.inf, np.inf))
        return self.clouds[sd]

    @cached_property
    def _filled(self) -> np.ndarray:
        """Weights on `FILL` times as many points, (C, fine)."""
        assert isinstance(self.places, Even)
        logs = np.log(np.maximum(self.weights, LEAST))
        return np.asarray(np.exp(logs @ filling(self.weights.shape[1]).T))


def _normal(z: np.ndarray) -> np.ndarray:
    """Standard Normal density."""
    return np.asarray(np.exp(-0.5 * z**2) / ROOT_2PI)


def _sums(points: np.ndarray, sd: float, eta: np.ndarray) -> np.ndarray:
    """Normal densities about points at eta, (points, m)."""
    z = np.subtract.outer(points, eta) * (np.sqrt(0.5) / sd)
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
    found = np.zeros((len(eta), fine.count))
    rows = np.arange(len(eta))[:, None, None]
    np.add.at(found, (rows, first[..., None] + np.arange(cardinal.shape[-1])), cardinal)
    return found.T


def _cardinals(at: np.ndarray, count: int) -> np.ndarray:
    """What values at 0 .. count - 1 count for in the polynomial through them at `at`."""
    signs = (-1.0) ** np.arange(count) * special.binom(count - 1, np.arange(count))
    away = at[..., None] - np.arange(count)
    parts = signs / np.where(np.abs(away) < 1e-13, 1e-13, away)  # noqa: PLR2004  on a value
    return np.asarray(parts / parts.sum(axis=-1, keepdims=True))


@lru_cache(maxsize=256)
def filling(count: int) -> np.ndarray:
    """Matrix from values at even points to those on `FILL` times as many, (fine, count)."""
    fine = (count - 1) * FILL + 1
    at = np.arange(fine) / FILL
    size = min(STENCIL, count)
    first = np.clip(np.floor(at).astype(int) - size // 2 + 1, 0, count - size)
    found = np.zeros((fine, count))
    np.put_along_axis(found, first[:, None] + np.arange(size), _cardinals(at - first, size), axis=1)
    return found


@dataclass(frozen=True, eq=False)
class WeightedNormals:
    """The distribution of a rate before its own data, on the link scale.

    Parameters
    ----------
    bundles : list of Bundle
    limits : (float, float)
        Beyond them a rate is 0 or 1 to double precision.
    """

    bundles: list[Bundle]
    limits: tuple[float, float]

    @cached_property
    def breaks(self) -> list[float]:
        """Where the density may be less than smooth."""
        panels = [b.places for b in self.bundles if isinstance(b.places, Panels)]
        return sorted({end for each in panels for end in (each.low, each.high)})

    @cached_property
    def bounds(self) -> tuple[float, float]:
        """Range that holds the mass, within the limits."""
        total = sum(bundle.weights.sum(axis=1) for bundle in self.bundles)
        low, high = np.inf, -np.inf
        for bundle in self.bundles:
            share = float((bundle.weights.sum(axis=1) / total).max())
            for sd, part in zip(bundle.sds, bundle.shares, strict=True):
                z = np.sqrt(2 * max(FAR + np.log(max(share * part, LEAST)), 0.0))
                ends = bundle.low_and_high
                low, high = min(low, ends[0] - z * sd), max(high, ends[1] + z * sd)
        return max(self.limits[0], float(low)), min(self.limits[1], float(high))

    def moments(self) -> tuple[float, float]:
        """Mean over all cells, and the smallest cell's standard deviation."""
        total = sum(bundle.weights.sum(axis=1) for bundle in self.bundles)
        first, second = np.zeros(len(total)), np.zeros(len(total))
        for bundle in self.bundles:
            middles = np.clip(bundle.points, *self.limits)
            variance = bundle.shares @ np.minimum(bundle.sds, 40.0) ** 2
            first += bundle.weights @ middles
            second += bundle.weights @ (middles**2 + variance)
        mean = first / total
        return float(mean.mean()), float(np.sqrt(np.maximum(second / total - mean**2, 1e-300).min()))

    def beyond(self) -> tuple[np.ndarray, np.ndarray]:
        """Mass below and above the limits, each (C,)."""
        sides = []
        for limit, sign in zip(self.limits, (1.0, -1.0), strict=True):
            total = 0.0
            for bundle in self.bundles:
                for sd, share in zip(bundle.sds, bundle.shares, strict=True):
                    z = sign * (limit - bundle.points) / max(sd, LEAST)
                    total = total + share * (bundle.weights @ special.ndtr(z))
            sides.append(total)
        return sides[0], sides[1]  # type: ignore[return-value]  # arrays

    def density(self, eta: np.ndarray) -> np.ndarray:
        """Density at eta (m,), (C, m)."""
        return np.asarray(sum(bundle.density(eta) for bundle in self.bundles))

    def log_density(self) -> Callable[[np.ndarray], np.ndarray]:
        """A function of eta giving log densities."""
        return lambda eta: np.log(np.maximum(self.density(eta), LEAST))


def normals_of(grid: Grid, rate: Normal, weights: np.ndarray) -> WeightedNormals:
    """A rate's distribution before its own data, from weights of the points (C, P)."""
    bundles = []
    for weight, centre, normals in about_one_centre(rate):
        own = weights if weight.number == 1 else weights * grid.at(weight)
        sds, shares = grid.spreads(normals), np.array([share for share, _ in normals])
        if centre.name is not None and centre.name == grid.blocks.location:
            bundles += _by_block(grid, own, sds, shares)
        else:
            bundles += _about_known(grid, own, (grid.centre(rate, centre), sds), shares)
    heaviest = max(float(bundle.weights.sum(axis=1).max()) for bundle in bundles)
    kept = [b for b in bundles if b.weights.sum(axis=1).max() > LIGHTEST * heaviest]
    return WeightedNormals(kept, grid.story.endpoint.scale.limits)


def _by_block(
    grid: Grid, weights: np.ndarray, sds: np.ndarray, shares: np.ndarray
) -> list[Bundle]:
    """Normals about the location, block by block."""
    blocks = grid.blocks
    sds = np.broadcast_to(sds, (len(blocks.windows), sds.shape[1]))
    return [
        Bundle(window, sd, shares, weights[:, part])
        for window, sd, part in zip(blocks.windows, sds, blocks.parts, strict=True)
        if window is not None
    ]


def _about_known(
    grid: Grid, weights: np.ndarray, normals: tuple[np.ndarray, np.ndarray], shares: np.ndarray
) -> list[Bundle]:
    """Normals about places that are no location: one for all points, or one for each block."""
    middles, sds = normals
    if len(middles) == 1 and len(sds) == 1:
        return [Bundle(float(middles[0]), sds[0], shares, weights.sum(axis=1, keepdims=True))]
    blocks = grid.blocks
    starts = np.array([part.start for part in blocks.parts])
    sums = np.add.reduceat(np.broadcast_to(weights, (len(weights), grid.size)), starts, axis=1)
    middles = np.broadcast_to(middles, (len(starts),))
    sds = np.broadcast_to(sds, (len(starts), sds.shape[1]))
    return [
        Bundle(float(middle), sd, shares, sums[:, place : place + 1])
        for place, (middle, sd) in enumerate(zip(middles, sds, strict=True))
    ]
