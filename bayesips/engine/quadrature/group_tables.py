"""Tables of one group of unknowns, its grid laid out as (shape nodes, keys, points)."""

from __future__ import annotations

import numpy as np

from bayesips.engine.quadrature.hierarchy import Hierarchy
from bayesips.engine.quadrature.story import Normal


def log_prior(grid: Hierarchy) -> np.ndarray:
    """Log prior mass of a group's grid points, the shape left out; (rows, N)."""
    total = np.zeros((1, 1))
    for position, axis in enumerate(grid.axes):
        if position != grid.shape_axis:
            total = (total[:, :, None] + axis.log_mass[:, None, :]).reshape(
                max(len(total), len(axis.log_mass)), -1
            )
    return total


def log_table(grid: Hierarchy, rate: Normal | None, noise: float) -> np.ndarray | None:
    """An arm's table as (K, keys, N), inaccurate entries raised by `noise`; None: no part."""
    if rate is None:
        return None
    logs, depth = grid.tables[rate], grid.depths[rate]
    if noise:
        logs = logs + np.where(depth < 0, np.log1p(noise * np.exp(-depth)), 0.0)
    full = np.broadcast_to(logs, (len(logs), *grid.dims))
    if grid.shape_axis is None:
        return full.reshape(1, len(full), -1)
    by_shape = np.moveaxis(full, grid.shape_axis + 1, 0)
    return by_shape.reshape(grid.shape_count, len(full), -1)


def on_grid(grid: Hierarchy, weights: np.ndarray) -> np.ndarray:
    """(K, N) as the group's grid."""
    dims, shape = grid.dims, grid.shape_axis
    if shape is None:
        return weights.reshape(dims)
    rest = [size for position, size in enumerate(dims) if position != shape]
    return np.moveaxis(weights.reshape(len(weights), *rest), 0, shape)
