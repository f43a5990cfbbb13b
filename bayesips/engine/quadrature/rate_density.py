"""Densities of Normal rates of a story: the control, or a historical arm after shrinkage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np
from scipy import special

from bayesips.distributions.batches import shaped, stack
from bayesips.distributions.density import Density
from bayesips.engine.quadrature.data import log_likelihood
from bayesips.engine.quadrature.grid import Grid
from bayesips.engine.quadrature.grouped_grid import GroupedGrid
from bayesips.engine.quadrature.normal_sums import Even
from bayesips.engine.quadrature.readout import WeightedNormals, normals_of
from bayesips.engine.quadrature.story import Normal
from bayesips.engine.settle import Reading, of_rules

# What is reported of a distribution beside its mean and sd: these quantiles.
REPORTED = (0.025, 0.25, 0.5, 0.75, 0.975)
# Log of the part of its peak below which a density was not looked at.
LOG_FLOOR = float(np.log(1e-16))
# Rounding of a sum on a panel, as part of the whole, for few cells and for many.
ROUNDED, ROUNDED_MANY, MANY = 3e-14, 2e-12, 12
# Smooth distribution functions by which a rule is judged: so many, over so many sds.
PROBES, PROBED = 9, 2.5


def rates_reading(grid: Grid | GroupedGrid, rates: Sequence[Normal]) -> Reading:
    """Posterior densities of Normal rates, each its own data included: {rate: Density}."""
    pieces: dict[Normal, list[Density]] = {rate: [] for rate in rates}
    changes = []
    for some in grid.chunks():
        for rate in rates:
            pieces[rate].append(_density(grid, rate, some))
            if _told_by_rules(grid):
                changes.append(rule_errors(grid, rate, grid.weights(some)))
    value = {
        rate: shaped(own[0] if len(own) == 1 else stack(own), grid.batch)
        for rate, own in pieces.items()
    }
    if changes:
        return Reading(value, np.zeros(0), of_rules(np.concatenate(changes)))
    return of_densities(value)


def of_densities(value: dict[Any, Density]) -> Reading:
    """A reading of densities whose error the next one must tell."""
    figures = np.stack([reported(own) for own in value.values()])

    def in_probability(before: np.ndarray) -> float:
        """Where there is next to no density, no reading tells a quantile; its probability may."""
        moved = np.abs(figures - before)
        for own, change, old in zip(value.values(), moved, before, strict=True):
            q = np.array(REPORTED).reshape(-1, *[1] * len(own.batch_shape))
            change[2:] = np.minimum(change[2:], np.abs(own.cdf(old[2:]) - q))
        return float(moved.max())

    return Reading(value, figures, None, in_probability)


def _told_by_rules(grid: Grid | GroupedGrid) -> TypeGuard[Grid]:
    """Whether coarser rules tell the error of a density.

    It has a peak about a known centre and a corner at a hard end, which none of them sees.
    """
    if not isinstance(grid, Grid):
        return False
    return all(isinstance(w, Even) and w.count > 1 for w in grid.blocks.windows)


def evidence_reading(grid: Grid | GroupedGrid) -> Reading:
    """Log marginal likelihood of all data in each cell."""
    if isinstance(grid, GroupedGrid):
        logs = grid.log_evidence()
        return Reading(logs, logs)
    found, changes = [], []
    for some in grid.chunks():
        logs = grid.log_joint(some)
        peak = logs.max(axis=(1, 2))
        weights = np.exp(logs - peak[:, None, None])
        total = weights.sum(axis=(1, 2))
        found.append(np.log(total) + peak)
        parts = [(weights * factors).sum(axis=(1, 2)) / total for factors in grid.coarser.values()]
        changes += [float(np.max(np.abs(part - 1))) for part in parts]
    return Reading(np.concatenate(found), np.zeros(0), of_rules(np.array(changes)))


def reported(distribution: Any) -> np.ndarray:
    """Mean, sd and quantiles, stacked; shape (7, *batch)."""
    q = np.array(REPORTED).reshape(-1, *[1] * len(distribution.batch_shape))
    moments = np.stack([distribution.mean(), distribution.std()])
    return np.concatenate([moments, distribution.ppf(q)])


def _density(grid: Grid | GroupedGrid, rate: Normal, some: slice) -> Density:
    """Density of a rate for some cells."""
    link, own = grid.story.endpoint.scale, rate in grid.data
    normals = before_its_data(grid, rate, some)
    log_f = _OwnData(grid, rate, some, normals) if own else normals.log_density()
    many = some.stop - some.start > MANY
    ends = {} if own else _end_atoms(normals, decreasing=link.decreasing)
    return Density.from_log(
        link,
        log_f,
        normals.edges(),
        negligible=ROUNDED_MANY if many else ROUNDED,
        floor=LOG_FLOOR,
        **ends,
    )


def before_its_data(
    grid: Grid | GroupedGrid, rate: Normal, some: slice, *, by_shape: bool = False
) -> WeightedNormals:
    """A rate before its own data, a row for each cell, and each shape node if it has data."""
    own = rate in grid.data
    if isinstance(grid, GroupedGrid):
        every = grid.weights(some, rate if own else None)
        parts = zip(grid.grids, grid.rates, every, strict=True)
        each = [(g, rates[rate], weights) for g, rates, weights in parts if rate in rates]
    else:
        each = [(grid, rate, _without_own(grid, rate, some) if own else grid.weights(some))]
    found = [
        normals_of(g, r, w.reshape(-1, g.size) if own or by_shape else w.sum(axis=1))
        for g, r, w in each
    ]
    bundles = [bundle for normals in found for bundle in normals.bundles]
    return WeightedNormals(bundles, found[0].limits)


def _without_own(grid: Grid, rate: Normal, some: slice) -> np.ndarray:
    """Weights of the points had the rate's own data not been seen (up to a constant)."""
    logs = grid.log_joint(some) - grid.tables[rate][grid.data[rate].index[some]]
    return np.asarray(np.exp(logs - logs.max(axis=(1, 2), keepdims=True)))


def _end_atoms(normals: WeightedNormals, *, decreasing: bool) -> dict[str, Any]:
    """Mass beyond the link's limits, as atoms at 0 and 1."""
    low, high = normals.beyond()
    with np.errstate(divide="ignore"):
        logs = np.log(np.stack([high, low] if decreasing else [low, high], axis=-1))
    return {"atoms": [0.0, 1.0], "atom_logs": logs}


@dataclass(frozen=True, eq=False)
class _OwnData:
    """Log density of a rate, its own likelihood multiplied in and summed over shape nodes."""

    grid: Grid | GroupedGrid
    rate: Normal
    some: slice
    normals: WeightedNormals

    def __call__(self, eta: np.ndarray) -> np.ndarray:
        """At eta (m,), (cells, m)."""
        grid, data = self.grid, self.grid.data[self.rate]
        rows = np.stack(
            [log_likelihood(grid.story.endpoint, arms, eta, grid.shape_nodes) for arms in data.keys]
        )[data.index[self.some]]
        before = np.log(np.maximum(self.normals.density(eta), 1e-300))
        return np.logaddexp.reduce(before.reshape(len(rows), -1, len(eta)) + rows, axis=1)


def rule_errors(grid: Grid, rate: Normal, weights: np.ndarray) -> np.ndarray:
    """By how much coarser rules for each hyperparameter change probabilities; (rules,).

    Probabilities are those of smooth distribution functions of the rate. A rule on half of the
    nodes is as wrong as the root of what the whole is, or worse, where convergence is geometric
    (Trefethen 2020, Approximation theory and practice, theorem 19.3): its square is the error.
    """
    rules = grid.coarser
    if not rules:
        return np.zeros(1)
    probes = _probes(grid, rate, weights)
    whole = np.einsum("ckp,pj->cj", weights, probes)
    found = []
    for factors in rules.values():
        thin = weights * factors
        total = thin.sum(axis=(1, 2))[:, None]
        part = np.einsum("ckp,pj->cj", thin, probes)
        found.append(float(np.max(np.abs(part / total - whole))))
    return np.array(found)


def _probes(grid: Grid, rate: Normal, weights: np.ndarray) -> np.ndarray:
    """Smooth distribution functions of the rate given each point, (P, probes)."""
    points = weights.sum(axis=1)
    parts = []
    for weight, centre, sd in rate.parts:
        on_points = np.broadcast_to(np.asarray(centre.of(grid.nodes), float).ravel(), (grid.size,))
        spread = 0.0 if sd is None else np.asarray(sd.of(grid.nodes), float).ravel()
        share = np.broadcast_to(grid.at(weight).ravel(), (grid.size,))
        parts.append((share, on_points, np.broadcast_to(spread, (grid.size,))))
    middle = sum(share * at for share, at, _ in parts)
    means = points @ middle
    spread = np.sqrt(np.maximum(points @ middle**2 - means**2, 1e-12))
    ends = means.min() - PROBED * spread.max(), means.max() + PROBED * spread.max()
    levels = np.linspace(*ends, PROBES)
    width = float(spread.min())
    total = np.zeros((grid.size, PROBES))
    for share, at, own in parts:
        z = (levels - at[:, None]) / np.hypot(own, width)[:, None]
        total += share[:, None] * special.ndtr(z)
    return total
