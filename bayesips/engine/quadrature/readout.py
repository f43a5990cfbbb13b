"""The distribution of a rate before its own data: weighted Normals of every block of a grid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special

from bayesips.engine.quadrature.blocks import about_one_centre
from bayesips.engine.quadrature.bundles import LEAST, LIGHTEST, Bundle, trimmed
from bayesips.engine.quadrature.grid import Grid
from bayesips.engine.quadrature.hard_ends import Panels
from bayesips.engine.quadrature.normal_sums import Even
from bayesips.engine.quadrature.story import Normal

# The density ends where less than exp(-FAR) of the mass is left beyond.
FAR = 40.0
# Panels are so many times as wide as the density is smooth; places looked at for that.
PANEL, LOOKED_AT = 0.55, 200


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

    def edges(self) -> np.ndarray:
        """First panels: as wide as the density is smooth, by a rough look at every bundle."""
        low, high = self.bounds
        bumps = np.array([bump for bundle in self.bundles for bump in bundle.bumps()])
        share, first, last, width = bumps.T
        narrow, middle = float(width.min()), float(np.average(first + last, weights=share)) / 2
        ends = np.arcsinh((np.array([low, high]) - middle) / narrow)
        x = middle + narrow * np.sinh(np.linspace(ends[0], ends[1], LOOKED_AT))
        away = np.maximum(np.maximum(first - x[:, None], x[:, None] - last), 0.0) / width
        height = share / width * np.exp(-0.5 * np.minimum(away, 30.0) ** 2)
        scale = np.sqrt(height.sum(axis=1) / (height / width**2).sum(axis=1))
        count = np.diff(x) * 2 / (scale[1:] + scale[:-1]) / PANEL
        below = np.concatenate([[0.0], np.cumsum(count)])
        places = np.linspace(0.0, below[-1], int(np.ceil(below[-1])) + 1)
        inner = np.interp(places[1:-1], below, x)
        breaks = [each for each in self.breaks if low < each < high]
        return np.unique(np.concatenate([[low], inner, [high], breaks]))

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


def _by_block(grid: Grid, weights: np.ndarray, sds: np.ndarray, shares: np.ndarray) -> list[Bundle]:
    """Normals about the location, block by block."""
    blocks = grid.blocks
    found = []
    sds = np.broadcast_to(sds, (len(blocks.windows), sds.shape[1]))
    for window, sd, part in zip(blocks.windows, sds, blocks.parts, strict=True):
        assert window is not None
        own = weights[:, part]
        if isinstance(window, Even):
            window, own = trimmed(window, own)  # noqa: PLW2901  what is left of it
        found.append(Bundle(window, sd, shares, own))
    return found


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
