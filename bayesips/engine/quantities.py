"""What the exact engine reads and watches: the control's distribution, groups' own rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.density import Density
from bayesips.engine.quadrature.control import distribution
from bayesips.engine.quadrature.grouped import Grouped
from bayesips.engine.quadrature.hierarchy import Hierarchy
from bayesips.engine.quadrature.own_rates import own_rate
from bayesips.engine.quadrature.region import Resolution
from bayesips.engine.quadrature.story import Normal
from bayesips.engine.settle import Reading

# What must not move from one reading to the next: mean, sd and these quantiles.
REPORTED = (0.025, 0.25, 0.5, 0.75, 0.975)

# Rates with their distributions.
Found = Sequence[tuple[Normal, Density]]


@dataclass(frozen=True)
class ControlRate:
    """The control rate's distribution, watched in its mean, sd and quantiles."""

    name: str

    def read(
        self, grid: Hierarchy | Grouped, resolution: Resolution, before: Density | None
    ) -> Reading:
        """The distribution on a grid; the one before lends its panels."""
        answer = distribution(grid, resolution.count, before)
        return Reading(answer, reported(answer))

    def changes(self, now: np.ndarray, before: np.ndarray) -> np.ndarray:
        """Of mean, sd and quantiles."""
        return np.abs(now - before)

    def at_last(self, now: Density, before: np.ndarray) -> float:
        """Largest change, a quantile's or that of the probability up to it.

        Where there is next to no density no reading finds a quantile to 1e-9; the error that the
        distribution carries is then that of the quantile itself.
        """
        moved = np.abs(reported(now) - before)
        q = np.array(REPORTED).reshape(-1, *[1] * len(now.batch_shape))
        moved[2:] = np.minimum(moved[2:], np.abs(now.cdf(before[2:]) - q))
        return float(np.max(moved))


@dataclass(frozen=True)
class OwnRates:
    """Groups' own rates, watched in mean, sd and quantiles of each."""

    rates: Sequence[Normal]
    name: str = "the groups' own rates"

    def read(
        self, grid: Hierarchy | Grouped, resolution: Resolution, before: Found | None
    ) -> Reading:
        """Every rate's distribution on a grid."""
        del resolution
        lent = [None] * len(self.rates) if before is None else [own for _, own in before]
        found = [
            (rate, own_rate(grid, rate, own)) for rate, own in zip(self.rates, lent, strict=True)
        ]
        return Reading(found, np.stack([reported(own) for _, own in found]))

    def changes(self, now: np.ndarray, before: np.ndarray) -> np.ndarray:
        """Of mean, sd and quantiles."""
        return np.abs(now - before)

    def at_last(self, now: Found, before: np.ndarray) -> float:
        """Every figure counts."""
        del now, before
        return float(np.inf)


def reported(distribution: Density | BetaMixture) -> np.ndarray:
    """Mean, sd and quantiles, stacked; shape (7, *batch)."""
    q = np.array(REPORTED).reshape(-1, *[1] * len(distribution.batch_shape))
    moments = np.stack([distribution.mean(), distribution.std()])
    return np.concatenate([moments, distribution.ppf(q)])
