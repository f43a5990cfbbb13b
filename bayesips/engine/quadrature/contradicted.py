"""Density of a group's own rate where its data contradict all the others.

Before its own data such a rate is expected elsewhere; where it then lies, Normals summed in Fourier
space have lost their digits. Here they are summed one by one in logs, over the points of the grid
that have weight after all data: what is left out has no mass.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayesips.distributions.mathematics import NUMPY
from bayesips.engine.quadrature.hierarchy import Hierarchy
from bayesips.engine.quadrature.story import Normal

# Points of less posterior weight than this part of the largest are left out.
LIGHTEST = 1e-14
# A Fourier sum holds so many units of log below its peak; posterior weight allowed beyond.
DEPTH, ALLOWED = 14.0, 1e-8
# Range of the density in spreads about the points, and its first panels.
REACH, PANELS = 9.0, 40
# Terms summed at a time.
BLOCK = 2_000_000
LOG_ROOT_2PI = float(np.log(np.sqrt(2 * np.pi)))


@dataclass(frozen=True, eq=False)
class Contradicted:
    """Normals of one rate before its own data, for one cell.

    Parameters
    ----------
    logs, centres, spreads : array, shape (points,)
        Log weight, mean and sd of each Normal.
    node : array of int, shape (points,)
        Node of the endpoint's shape.
    shapes : int
        Number of these nodes.
    limits : (low, high)
        Of the link scale.
    """

    logs: np.ndarray
    centres: np.ndarray
    spreads: np.ndarray
    node: np.ndarray
    shapes: int
    limits: tuple[float, float]

    @classmethod
    def of(cls, grid: Hierarchy, rate: Normal, some: slice) -> Contradicted | None:
        """A rate of one cell; None where its data do not contradict the others."""
        if some.stop - some.start > 1 or any(scale is None for _, _, scale in rate.parts):
            return None
        weights = grid.weights(some)
        with np.errstate(divide="ignore"):
            logs = (np.log(weights) - grid.tables[rate][grid.data[rate].index[some]])[0]
        weights = weights[0]
        if weights[logs < logs.max() - DEPTH].sum() < ALLOWED * weights.sum():
            return None
        kept = np.nonzero(weights > LIGHTEST * weights.max())
        node = np.zeros(len(kept[0]), int) if grid.shape_axis is None else kept[grid.shape_axis]
        found = [_part(grid, part, kept, logs[kept]) for part in rate.parts]
        logs, centres, spreads = (np.concatenate(column) for column in zip(*found, strict=True))
        every = np.tile(node, len(rate.parts))
        limits = grid.story.endpoint.scale.limits
        return cls(logs, centres, spreads, every, grid.shape_count, limits)

    @property
    def edges(self) -> np.ndarray:
        """First panels of the density."""
        low = float(np.min(self.centres - REACH * self.spreads))
        high = float(np.max(self.centres + REACH * self.spreads))
        return np.linspace(max(low, self.limits[0]), min(high, self.limits[1]), PANELS + 1)

    def log_density(self, eta: np.ndarray) -> np.ndarray:
        """Log of the sum at eta (m,), a row for each shape node."""
        rows = np.full((self.shapes, len(eta)), -np.inf)
        for node in range(self.shapes):
            some = np.flatnonzero(self.node == node)
            for part in np.array_split(some, 1 + len(some) * len(eta) // BLOCK):
                if not len(part):
                    continue
                z = (eta[:, None] - self.centres[part]) / self.spreads[part]
                logs = self.logs[part] - np.log(self.spreads[part]) - 0.5 * z**2 - LOG_ROOT_2PI
                rows[node] = np.logaddexp(rows[node], NUMPY.logsumexp(logs))
        return rows


def _part(
    grid: Hierarchy, part: tuple, kept: tuple[np.ndarray, ...], logs: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log weight, mean and sd of one part of a rate at chosen points of the grid."""
    weight, centre, spread = (
        np.broadcast_to(value.of(grid.nodes), grid.dims)[kept] for value in part
    )
    with np.errstate(divide="ignore"):
        return logs + np.log(weight), centre, np.maximum(spread, 1e-12)
