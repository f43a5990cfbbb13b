"""Where a location may be, given the other hyperparameters: its window on the lattice.

Each arm stands for a Normal about its own rate; given a spread the location is then Normal too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayesips.distributions.priors import Prior
from bayesips.engine.quadrature.hard_ends import Panels
from bayesips.engine.quadrature.normal_sums import Even
from bayesips.errors import NotSettled

# A location's prior reaches so many standard deviations.
PRIOR_SDS = 8.5
# Steps are no wider than this times the sd of the location given the spread, nor, where the arms
# are hardly smoothed, than this, nor than this part of the spread by which they are.
COARSEST, SMOOTHED = 0.25, 0.7
# Panels between hard ends are this many steps wide.
PANEL = 8.0
# No window has more points.
MOST_POINTS = 20_000


@dataclass(frozen=True, eq=False)
class Approximations:
    """Every arm as a Normal: of each rate, by cell and shape node.

    Parameters
    ----------
    centres, variances : list of array, each (cells, K)
        Infinite variance where there are no data.
    spreads : list of array, each (B,)
        Sd of each rate about the location in each block.
    """

    centres: list[np.ndarray]
    variances: list[np.ndarray]
    spreads: list[np.ndarray]

    def given(self, prior: Prior, blocks: int) -> tuple[np.ndarray, ...]:
        """Lowest and highest mean, largest and smallest sd of the location in each block."""
        mean, sd = moments(prior)
        precision = np.zeros(1) if sd is None else np.ravel(1 / sd**2)
        cells = max([1, len(precision), *(len(each) for each in self.centres)])
        precision = np.broadcast_to(precision, (cells,))[:, None]
        middle = np.broadcast_to(np.ravel(mean), (cells,))[:, None]
        found = np.empty((4, blocks))
        for block in range(blocks):
            total, weighted = precision.copy(), precision * middle
            for centre, variance, spread in zip(
                self.centres, self.variances, self.spreads, strict=True
            ):
                own = 1 / (variance + spread[block] ** 2)
                total, weighted = total + own, weighted + own * centre
            with np.errstate(divide="ignore", invalid="ignore"):
                at = np.where(total > 0, weighted / total, middle)
                width = 1 / np.sqrt(total)
            found[:, block] = at.min(), at.max(), width.max(), width.min()
        return tuple(found)


def moments(prior: Prior) -> tuple[np.ndarray, np.ndarray | None]:
    """Mean and sd of a location's prior; no sd of a uniform, which is flat."""
    numbers = [np.asarray(number, dtype=float) for number in prior.numbers]
    if prior.family == "normal":
        return numbers[0], numbers[1]
    return (numbers[0] + numbers[-1]) / 2, None


def prior_ends(prior: Prior) -> tuple[float, float]:
    """Ends of a location's prior, over all cells."""
    mean, sd = moments(prior)
    if sd is None:
        return float(np.min(prior.numbers[0])), float(np.max(prior.numbers[1]))
    return float(np.min(mean - PRIOR_SDS * sd)), float(np.max(mean + PRIOR_SDS * sd))


@dataclass(frozen=True)
class Lattice:
    """Points at which all windows lie, and how wide their steps may be."""

    anchor: float
    unit: float
    step: float  # in standard deviations


def window(
    prior: Prior, ends: tuple[float, float], width: float, spread: float, lattice: Lattice
) -> Even | Panels:
    """Points of one block: even ones, or panels where the prior stops at a hard end.

    `width` is the smallest sd of the location in the block, `spread` that of the arms about it.
    """
    step = min(lattice.step * width, max(COARSEST, SMOOTHED * spread))
    if prior.family == "uniform":
        low, high = (float(f(x)) for f, x in zip((np.min, np.max), prior.numbers, strict=True))
        if ends[0] <= low or ends[1] >= high:
            return Panels.no_wider(max(low, ends[0]), min(high, ends[1]), PANEL * step)
    stride = 2 ** max(0, int(np.floor(np.log2(step / lattice.unit)))) if np.isfinite(step) else 1
    step = stride * lattice.unit
    first = int(np.floor((ends[0] - lattice.anchor) / step))
    count = int(np.ceil((ends[1] - lattice.anchor) / step)) - first + 1
    if count > MOST_POINTS:
        raise NotSettled(
            f"{count} points of a location would be needed where its prior is so much wider than "
            "what the data say; solve the data sets one by one"
        )
    return Even(lattice.anchor + first * step, lattice.unit, stride, count)
