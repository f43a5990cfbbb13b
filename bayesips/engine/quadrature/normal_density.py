"""Densities of Normal rates of a story: the control, or a historical arm after shrinkage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bayesips.distributions.batches import shaped, stack
from bayesips.distributions.density import Density
from bayesips.engine.quadrature.data import log_likelihood
from bayesips.engine.quadrature.grouped import Grouped
from bayesips.engine.quadrature.hierarchy import Hierarchy
from bayesips.engine.quadrature.normal_sum import NormalSum
from bayesips.engine.quadrature.panel_sum import PanelSum
from bayesips.engine.quadrature.panels import Panels
from bayesips.engine.quadrature.story import Normal
from bayesips.errors import NotSettled

# First panels of a density; refinement does the rest.
FIRST_PANELS = 30
# The first panels are evenly spaced within this many standard deviations, ever wider beyond.
FIRST_WIDTH = 2.0
# Spreads that carry less than this part of the weight are dropped.
LIGHTEST = 1e-14


def rate_density(
    hierarchy: Hierarchy | Grouped,
    rate: Normal,
    batch: tuple[int, ...],
    before: Density | None = None,
) -> Density:
    """Posterior density of a Normal rate of the story, its own data included.

    `before`, a density read at less resolution, lends its panels.
    """
    edges = None if before is None else before.curve.edges
    pieces = [_chunk_density(hierarchy, rate, some, edges) for some in hierarchy.chunks()]
    return shaped(pieces[0] if len(pieces) == 1 else stack(pieces), batch)


def _chunk_density(
    hierarchy: Hierarchy | Grouped, rate: Normal, some: slice, edges: np.ndarray | None
) -> Density:
    """Density of a rate for a slice of cells."""
    link = hierarchy.story.endpoint.scale
    own = rate in hierarchy.data and rate.parts[0][2] is not None
    sums = sums_of(hierarchy, rate, some)
    if not own:
        sums = [_without_shape(normal_sum, some.stop - some.start) for normal_sum in sums]
    functions = [normal_sum.log_density() for normal_sum in sums]
    extra = _OwnData(hierarchy, rate, some) if own else None

    def log_f(eta: np.ndarray) -> np.ndarray:
        total = np.logaddexp.reduce([function(eta) for function in functions])
        return total if extra is None else extra.joined(total, eta)

    if edges is None:
        edges = _first_edges(sums)
    return Density.from_log(
        link,
        log_f,
        edges,
        negligible=max(normal_sum.rounding for normal_sum in sums),
        floor=max(normal_sum.log_floor for normal_sum in sums),
        **({} if own else _end_atoms(sums, decreasing=link.decreasing)),
    )


def sums_of(
    hierarchy: Hierarchy | Grouped, rate: Normal, some: slice, whole: np.ndarray | None = None
) -> list[NormalSum | PanelSum]:
    """Weighted Normals of each part of a rate, before its own data: (cells * shape nodes, ...).

    `whole` are the weights of one hierarchy, where they are known already.
    """
    own = rate in hierarchy.data and rate.parts[0][2] is not None
    if isinstance(hierarchy, Grouped):
        weights = hierarchy.weights(some, rate if own else None)
        each = zip(hierarchy.hierarchies, hierarchy.rates, weights, strict=True)
        return [_sum(h, part, w) for h, r, w in each if rate in r for part in r[rate].parts]
    whole = hierarchy.weights(some) if whole is None else whole
    if own:
        whole = _without_own(hierarchy, rate, some, whole)
    return [_sum(hierarchy, part, whole) for part in rate.parts]


def _first_edges(sums: Sequence[NormalSum | PanelSum]) -> np.ndarray:
    """Panels over the range of the mass, narrow where it is dense."""
    low = min(normal_sum.bounds[0] for normal_sum in sums)
    high = max(normal_sum.bounds[1] for normal_sum in sums)
    moments = [normal_sum.moments() for normal_sum in sums]
    centre = float(np.mean([mean for mean, _ in moments]))
    width = FIRST_WIDTH * min(sd for _, sd in moments)
    ends = np.arcsinh((np.array([low, high]) - centre) / width)
    edges = centre + width * np.sinh(np.linspace(ends[0], ends[1], FIRST_PANELS + 1))
    breaks = [x for normal_sum in sums for x in normal_sum.breaks if low < x < high]
    return np.unique(np.concatenate([[low], edges[1:-1], [high], breaks]))


def _without_own(
    hierarchy: Hierarchy, rate: Normal, some: slice, weights: np.ndarray
) -> np.ndarray:
    """Weights of the grid had the rate's own data not been seen (up to a constant)."""
    with np.errstate(divide="ignore"):
        logs = np.log(weights) - hierarchy.tables[rate][hierarchy.data[rate].index[some]]
    peak = logs.reshape(len(logs), -1).max(axis=1)
    return np.exp(logs - peak.reshape(-1, *[1] * len(hierarchy.dims)))


def _end_atoms(sums: Sequence[NormalSum | PanelSum], *, decreasing: bool) -> dict[str, Any]:
    """Mass beyond the link's limits, as atoms at 0 and 1."""
    beyond = [tuple(normal_sum.beyond()) for normal_sum in sums]
    low, high = (sum(side) for side in zip(*beyond, strict=True))
    with np.errstate(divide="ignore"):
        logs = np.log(np.stack([high, low] if decreasing else [low, high], axis=-1))
    return {"atoms": [0.0, 1.0], "atom_logs": logs}


@dataclass(frozen=True, eq=False)
class LaidOut:
    """Weights of one part of a rate: Normals of each spread about each centre.

    Parameters
    ----------
    start, step : float
        The centres are start + step * arange(M), unless they are nodes of panels.
    panels : Panels or None
    spreads : array, shape (S,)
    weights : array, shape (cells * shape nodes, S, M)
    """

    start: float
    step: float
    panels: Panels | None
    spreads: np.ndarray
    weights: np.ndarray


def laid_out(hierarchy: Hierarchy, part: tuple, weights: np.ndarray) -> LaidOut:
    """Weights of the grid (cells, *dims) by spread and centre of one part of a rate.

    Raises
    ------
    NotSettled
        If centres are no location with a smooth prior.
    """
    weight, centre, scale = part
    if np.ndim(weight.number) or weight.number != 1:  # a copy of all cells is dear
        weights = weights * hierarchy.shaped(weight.of(hierarchy.nodes))
    spread = hierarchy.shaped(0.0 if scale is None else scale.of(hierarchy.nodes))
    location, shape = hierarchy.position(centre.name), hierarchy.shape_axis
    axis = None if location is None else hierarchy.axes[location]
    kept = {place for place in (location, shape) if place is not None}
    gone = tuple(i + 1 for i, size in enumerate(spread.shape) if i not in kept and size == 1)
    summed = weights.sum(axis=gone, keepdims=True) if gone else weights
    if location is None or axis is None or not axis.smooth:
        # each centre is a normal_sum of its own place: only a constant one is a single Normal
        if centre.uses:
            raise NotSettled(
                "the exact engine needs centres that are locations with a smooth prior; "
                "use engine='nuts'"
            )
        moved = summed[..., None]
    else:
        moved = np.moveaxis(summed, location + 1, -1)
        moved = np.expand_dims(moved, location + 1)
    if shape is not None:
        moved = np.moveaxis(moved, shape + 1, 1)
    cells = len(weights) * (hierarchy.shape_count if shape is not None else 1)
    flat = moved.reshape(cells, spread.size, moved.shape[-1])
    start = float(centre.of({})) if axis is None else float(axis.nodes[0])
    panels = None if axis is None else axis.panels
    return LaidOut(start, hierarchy.step, panels, spread.ravel(), flat)


def _sum(hierarchy: Hierarchy, part: tuple, weights: np.ndarray) -> NormalSum | PanelSum:
    """Weighted Normals of one part, what is too light left out."""
    found, limits = laid_out(hierarchy, part, weights), hierarchy.story.endpoint.scale.limits
    spreads, flat = _heavy(found.spreads, found.weights)
    if found.panels is not None:
        return PanelSum(found.panels, spreads, flat, limits)
    return NormalSum(found.start, found.step, spreads, flat, limits)


def _heavy(spreads: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Spreads that carry weight in any cell, and their weights."""
    heavy = weights.sum(axis=-1)
    kept = (heavy > LIGHTEST * heavy.sum(axis=1, keepdims=True)).any(axis=0)
    return spreads[kept], weights if kept.all() else weights[:, kept]


def _without_shape(normal_sum: NormalSum | PanelSum, cells: int) -> NormalSum | PanelSum:
    """Shape nodes summed out."""
    weights = normal_sum.weights.reshape(cells, -1, *normal_sum.weights.shape[1:]).sum(axis=1)
    return replace(normal_sum, weights=weights)


@dataclass(frozen=True, eq=False)
class _OwnData:
    """A rate's own likelihood, multiplied in and summed over shape nodes."""

    hierarchy: Hierarchy | Grouped
    rate: Normal
    some: slice

    def joined(self, total: np.ndarray, eta: np.ndarray) -> np.ndarray:
        """Log of the sum over shape nodes of density times likelihood; (cells, m)."""
        data = self.hierarchy.data[self.rate]
        rows = np.stack(
            [
                log_likelihood(self.hierarchy.story.endpoint, arms, eta, self.hierarchy.shape_nodes)
                for arms in data.keys
            ]
        )[data.index[self.some]]
        shaped = total.reshape(rows.shape[0], -1, len(eta))
        return np.logaddexp.reduce(shaped + rows, axis=1)
