"""Sums of Normals over points of a lattice: the one operator by which functions are smoothed.

The trapezoid rule for the integral of a smooth function times a Normal converges faster than any
power of the step once the step is below the width of the product (Trefethen & Weideman 2014, SIAM
Rev 56:385-458). Every term is positive, so each sum keeps its relative accuracy in any tail.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ROOT_2PI = float(np.sqrt(2 * np.pi))
# Numbers held at once.
BLOCK = 4_000_000


@dataclass(frozen=True)
class Even:
    """Even points: `start`, then `count` points every `stride` steps of the lattice."""

    start: float
    unit: float
    stride: int
    count: int

    @property
    def step(self) -> float:
        """Distance of neighbouring points."""
        return self.unit * self.stride

    @property
    def points(self) -> np.ndarray:
        """All of them."""
        return self.start + self.step * np.arange(self.count)

    def finer(self, times: int) -> Even:
        """The same range with `times` as many steps; the lattice then is that of the new points."""
        return Even(self.start, self.step / times, 1, (self.count - 1) * times + 1)


@dataclass(frozen=True, eq=False)
class Normals:
    """Mixtures of Normals about 0, one for each of some lines, moved by an offset.

    Parameters
    ----------
    offsets : array, shape (L,)
    sds : array, shape (L, J)
        Above 0.
    weights : array, shape (J,)
    """

    offsets: np.ndarray
    sds: np.ndarray
    weights: np.ndarray

    def density(self, x: np.ndarray) -> np.ndarray:
        """Density of each line at distances x (n,) less its offset, (L, n)."""
        away = np.add.outer(self.offsets, x)
        total = np.zeros(away.shape)
        for sd, weight in zip(self.sds.T, self.weights, strict=True):
            z = away * (np.sqrt(0.5) / sd[:, None])
            total += np.exp(-z * z) * (weight / (ROOT_2PI * sd[:, None]))
        return total

    def some(self, chosen: np.ndarray | slice) -> Normals:
        """Chosen lines."""
        return Normals(self.offsets[chosen], self.sds[chosen], self.weights)

    def matrices(self, nodes: Even, targets: Even | np.ndarray) -> np.ndarray:
        """Densities at target + offset - node, (L, nodes, targets).

        Between even points they depend on differences only: one row of them is a Toeplitz matrix.
        """
        if isinstance(targets, Even):
            unit = min(nodes.step, targets.step)
            by_node, by_target = round(nodes.step / unit), round(targets.step / unit)
            length = (nodes.count - 1) * by_node + (targets.count - 1) * by_target + 1
            if length < nodes.count * targets.count:
                first = targets.start - nodes.start - (nodes.count - 1) * nodes.step
                row = self.density(first + unit * np.arange(length))
                line, size = row.strides
                view = np.lib.stride_tricks.as_strided(
                    row[:, (nodes.count - 1) * by_node :],
                    (len(row), nodes.count, targets.count),
                    (line, -size * by_node, size * by_target),
                )
                return np.ascontiguousarray(view)
        points = targets.points if isinstance(targets, Even) else targets
        away = np.subtract.outer(-nodes.points, -points)  # targets less nodes
        return self.density(away.ravel()).reshape(-1, *away.shape)

    def smoothed(self, values: np.ndarray, nodes: Even, targets: Even | np.ndarray) -> np.ndarray:
        """Sum over nodes of values (L, nodes) times the densities; (L, targets)."""
        if self.alike:
            return np.asarray(values @ self.some(slice(0, 1)).matrices(nodes, targets)[0])
        size = nodes.count * (targets.count if isinstance(targets, Even) else len(targets))
        parts = np.array_split(np.arange(len(values)), 1 + len(values) * size // BLOCK)
        found = [
            np.matmul(values[part, None], self.some(part).matrices(nodes, targets))[:, 0]
            for part in parts
            if len(part)
        ]
        return np.concatenate(found)

    @property
    def alike(self) -> bool:
        """Whether all lines have the same Normals."""
        same = self.offsets == self.offsets[0]
        return bool(same.all() and (self.sds == self.sds[0]).all())
