"""Log marginal likelihoods of every rate of a story at the points of a grid."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from bayesips.distributions.mathematics import log_add
from bayesips.engine.quadrature.beta_rates import log_evidence
from bayesips.engine.quadrature.blocks import about_one_centre
from bayesips.engine.quadrature.grid import Grid
from bayesips.engine.quadrature.normal_sums import Even
from bayesips.engine.quadrature.story import Normal, Rate, Value


def tables_of(grid: Grid) -> dict[Rate, np.ndarray]:
    """Table of each rate that arms speak of, (keys, K or 1, P or 1) each."""
    found = log_evidence(grid)
    for rate in grid.data:
        if isinstance(rate, Normal):
            found[rate] = _normal(grid, rate)
    return {rate: found[rate] for rate in grid.data}


def _normal(grid: Grid, rate: Normal) -> np.ndarray:
    """Table of a mixture of Normals."""
    parts = []
    for weight, centre, normals in about_one_centre(rate):
        table = _averaged(grid, rate, centre, normals)
        with np.errstate(divide="ignore"):
            parts.append(np.log(grid.at(weight)) + table)
    return parts[0] if len(parts) == 1 else functools.reduce(log_add, parts)


def _averaged(
    grid: Grid, rate: Normal, centre: Value, normals: Sequence[tuple[float, Value | None]]
) -> np.ndarray:
    """Log likelihood of a rate's data sets averaged over Normals about one centre."""
    sds, weights = grid.spreads(normals), np.array([weight for weight, _ in normals])
    on_location = centre.name is not None and centre.name == grid.blocks.location
    middles = None if on_location else grid.centre(rate, centre)
    if middles is not None:
        count = max(len(sds), len(middles))
        sds = np.broadcast_to(sds, (count, sds.shape[1]))
        middles = np.broadcast_to(middles, (count,))
    key = (centre.name, sds.tobytes(), weights.tobytes(), str(middles))
    lines = np.unique(grid.lines[rate])
    size = grid.size if on_location else len(sds)
    if key not in grid.kept:
        grid.kept[key] = np.full((len(grid.likelihoods.lines) + 1, size), np.nan)
    table = grid.kept[key]
    new = lines[np.isnan(table[lines, 0])]
    wanted = new[new >= 0]
    if len(wanted) and on_location:
        _fill(grid, table, _together(grid, centre, wanted, key), sds, weights)
    elif len(wanted):
        assert middles is not None
        for block, (sd, middle) in enumerate(zip(sds, middles, strict=True)):
            at = np.array([middle])
            table[wanted, block] = grid.likelihoods.averaged(wanted, sd, weights, at)[:, 0]
    table[-1] = 0.0  # no data
    found = table[grid.lines[rate]]
    if on_location or len(sds) == 1:
        return found
    return found[..., grid.blocks.owner]


def _together(grid: Grid, centre: Value, wanted: np.ndarray, key: Any) -> np.ndarray:
    """Lines of all rates that have the same Normals: they are averaged in one go."""
    every = [wanted]
    for other in grid.data:
        if isinstance(other, Normal):
            for _, middle, normals in about_one_centre(other):
                sds = grid.spreads(normals)
                weights = np.array([weight for weight, _ in normals])
                if (middle.name, sds.tobytes(), weights.tobytes()) == key[:3]:
                    every.append(grid.lines[other].ravel())
    lines = np.unique(np.concatenate(every))
    return lines[lines >= 0]


def _fill(
    grid: Grid, table: np.ndarray, lines: np.ndarray, sds: np.ndarray, weights: np.ndarray
) -> None:
    """Average lines about every point of the location, once where blocks are alike."""
    sds = np.broadcast_to(sds, (len(grid.blocks.windows), sds.shape[1]))
    known: dict[Any, np.ndarray] = {}
    for window, sd, part in zip(grid.blocks.windows, sds, grid.blocks.parts, strict=True):
        assert window is not None
        same = (window if isinstance(window, Even) else window.nodes.tobytes(), sd.tobytes())
        if same not in known:
            targets = window if isinstance(window, Even) else window.nodes
            known[same] = grid.likelihoods.averaged(lines, sd, weights, targets)
        table[lines, part] = known[same]
