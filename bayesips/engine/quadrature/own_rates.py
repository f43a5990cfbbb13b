"""The posterior of a historical group's own rate, by sums that keep their digits.

Given the hyperparameters, a rate's density is the Normals of its prior times its own likelihood,
over the table's entry. Only points of the grid with posterior weight count, and every term is
positive: a group that contradicts the others lies far in a tail of what they say of it, where a
smoothed density has no digits left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayesips.distributions.batches import shaped, stack
from bayesips.distributions.density import Density
from bayesips.engine.quadrature import positive_sums
from bayesips.engine.quadrature.data import log_likelihood
from bayesips.engine.quadrature.grouped import Grouped
from bayesips.engine.quadrature.hierarchy import Hierarchy
from bayesips.engine.quadrature.normal_density import LaidOut, laid_out, rate_density
from bayesips.engine.quadrature.panel_sum import PanelSum
from bayesips.engine.quadrature.positive_sums import Places
from bayesips.engine.quadrature.story import Normal

# Points of the grid of less weight than this part of the largest do not count.
LIGHTEST = 1e-15
# Centres are no farther apart than this part of the width of weights times Normals.
THINNEST = 0.5
# Logs of weights before the rate's own data are kept within these of the largest that counts.
LOWEST, HIGHEST = -690.0, 600.0
LEAST = 1e-300
# Centres kept on either side of those that count, for polynomials between them.
MARGIN = 2
# First look: so far apart; then so many places about the peak.
LOOK, CLOSER = 0.25, 61
# The density ends where it is below exp(-this) of its peak.
NOTHING = 42.0
# First panels, even within so many sds of the peak; refinement does the rest.
PANELS, EVEN = 24, 2.0
# Rounding of a sum on a panel, as part of the whole.
ROUNDED = 3e-14


def own_rate(grid: Hierarchy | Grouped, rate: Normal, before: Density | None = None) -> Density:
    """Posterior density of one group's own rate, in every cell of a batch.

    Parameters
    ----------
    grid : Hierarchy or Grouped
        Where the parts of a rate have unknowns of their own (`Grouped`) a group that contradicts
        the others belongs to a part of its own, and the smoothed density has all that matters.
    rate : Normal
        With data.
    before : Density, optional
        Read at less resolution; it lends its panels.

    Raises
    ------
    NotSettled
        If the density is not resolved.
    """
    if isinstance(grid, Grouped) or rate.parts[0][2] is None:
        return rate_density(grid, rate, grid.batch, before)
    link = grid.story.endpoint.scale
    every = [_OwnRate(grid, rate, cell) for cell in range(grid.cells)]
    edges = [own.edges(link.limits) if before is None else before.curve.edges for own in every]
    pieces = [
        Density.from_log(link, own.log_density, ends, negligible=ROUNDED)
        for own, ends in zip(every, edges, strict=True)
    ]
    return shaped(stack(pieces), grid.batch)


def before_own_data(grid: Hierarchy, rate: Normal, cell: int) -> positive_sums.Density:
    """Density of a rate before its own data in one cell: a function of eta (m,), (K, m).

    Up to a constant, and only as far as its own data leave it a probability.
    """
    return _OwnRate(grid, rate, cell).before


@dataclass(frozen=True, eq=False)
class _OwnRate:
    """One group's own rate in one cell."""

    hierarchy: Hierarchy
    rate: Normal
    cell: int

    def log_density(self, eta: np.ndarray) -> np.ndarray:
        """Log density at eta (m,), up to a constant; (1, m)."""
        logs = np.log(np.maximum(self.before(eta), LEAST)) + self._log_likelihood(eta)
        return np.asarray(np.logaddexp.reduce(logs, axis=0, keepdims=True))

    def _log_likelihood(self, eta: np.ndarray) -> np.ndarray:
        """Its own, (K or 1, m)."""
        hierarchy, data = self.hierarchy, self.hierarchy.data[self.rate]
        arms = data.keys[data.index[self.cell]]
        return log_likelihood(hierarchy.story.endpoint, arms, eta, hierarchy.shape_nodes)

    @cached_property
    def before(self) -> positive_sums.Density:
        """Density before its own data at each shape node, of every part and spread."""
        hierarchy, some = self.hierarchy, slice(self.cell, self.cell + 1)
        logs = hierarchy.log_weights_in_full(self.cell)
        after = np.exp(logs)
        logs = logs - hierarchy.tables[self.rate][hierarchy.data[self.rate].index[some]]
        logs -= logs[after > LIGHTEST].max()
        before = np.exp(np.clip(logs, LOWEST, HIGHEST))
        parts = [
            (laid_out(hierarchy, part, after), laid_out(hierarchy, part, before))
            for part in self.rate.parts
        ]
        even = [each for pair in parts if pair[0].panels is None for each in _that_count(*pair)]
        between = [each for pair in parts if pair[0].panels is not None for each in _panels(*pair)]
        found = [*between, *([positive_sums.density(even)] if even else [])]
        return lambda eta: np.asarray(sum(each(eta) for each in found))

    def edges(self, limits: tuple[float, float]) -> np.ndarray:
        """First panels, about the peak."""
        look = np.arange(limits[0], limits[1] + LOOK, LOOK)
        logs = self.log_density(look)[0]
        peak = look[int(np.argmax(logs))]
        near = np.linspace(peak - LOOK, peak + LOOK, CLOSER)
        closer = self.log_density(near)[0]
        place = int(np.clip(np.argmax(closer), 1, CLOSER - 2))
        bend = -np.diff(closer[place - 1 : place + 2], 2)[0] / (near[1] - near[0]) ** 2
        width = EVEN / np.sqrt(max(bend, 1.0))
        alive = np.flatnonzero(logs > closer.max() - NOTHING)
        ends = np.array([look[alive[0]] - LOOK, look[alive[-1]] + LOOK]).clip(*limits)
        low, high = np.arcsinh((ends - near[place]) / width)
        edges = near[place] + width * np.sinh(np.linspace(low, high, PANELS + 1))
        return np.concatenate([ends[:1], edges[1:-1], ends[1:]])


def _that_count(seen: LaidOut, wanted: LaidOut) -> Iterator[tuple[Places, float, np.ndarray]]:
    """Even centres with posterior weight, the spread, and the logs of the weights, by spread."""
    rows = seen.weights.max(axis=0)
    counts = rows > LIGHTEST
    for place in np.flatnonzero(counts.any(axis=1)):
        sd = float(wanted.spreads[place])
        thin = _thinning(rows[place], wanted.step, sd)
        alive = np.flatnonzero(counts[place])
        first = max(int(alive[0]) - MARGIN * thin, 0)
        last = min(int(alive[-1]) + MARGIN * thin, counts.shape[1] - 1)
        weights = thin * wanted.weights[:, place, first : last + 1 : thin]
        start, step = wanted.start + wanted.step * first, wanted.step * thin
        places = Places(start, step, weights.shape[1])
        yield places, sd, np.log(np.maximum(weights, LEAST))


def _thinning(weights: np.ndarray, step: float, sd: float) -> int:
    """Every how many-th centre is enough for a sum of weights times Normals."""
    places = np.arange(len(weights))
    mean = weights @ places / weights.sum()
    width = step * np.sqrt(weights @ (places - mean) ** 2 / weights.sum())
    both = width * sd / max(float(np.hypot(width, sd)), LEAST)
    return int(2 ** max(0, np.floor(np.log2(max(THINNEST * both / step, 1.0)))))


def _panels(seen: LaidOut, wanted: LaidOut) -> Iterator[positive_sums.Density]:
    """Densities about nodes of panels with posterior weight."""
    assert wanted.panels is not None
    counts = seen.weights.max(axis=0) > LIGHTEST
    held = np.where(counts, wanted.weights, 0.0)
    yield PanelSum(wanted.panels, wanted.spreads, held, (-np.inf, np.inf)).density
