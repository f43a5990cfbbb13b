"""A location between hard ends: Gauss-Legendre panels, and functions held by values at their nodes.

A prior that stops at a bound leaves a posterior that is smooth inside and jumps to nothing there.
Even nodes would see the jump as ripples; Gauss-Legendre panels whose outer edges are the bounds do
not see it at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

ORDER = 20
NODES, WEIGHTS = np.polynomial.legendre.leggauss(ORDER)
# Barycentric weights of Gauss-Legendre nodes (Wang & Xiang 2012, theorem 3.1).
BARYCENTRIC = (-1.0) ** np.arange(ORDER) * np.sqrt((1 - NODES**2) * WEIGHTS)
# A point this near to a node is on it.
ON_NODE = 1e-13


@dataclass(frozen=True, eq=False)
class Panels:
    """Panels of equal width from `low` to `high`."""

    low: float
    high: float
    count: int

    @classmethod
    def no_wider(cls, low: float, high: float, width: float) -> Panels:
        """As few as are no wider than `width`."""
        return cls(low, high, max(1, int(np.ceil((high - low) / width))))

    @property
    def half(self) -> float:
        """Half the width of a panel."""
        return (self.high - self.low) / self.count / 2

    @cached_property
    def nodes(self) -> np.ndarray:
        """All nodes, shape (count * ORDER,)."""
        middles = self.low + self.half * (2 * np.arange(self.count) + 1)
        return np.asarray((middles[:, None] + self.half * NODES).ravel())

    @cached_property
    def weights(self) -> np.ndarray:
        """Quadrature weights of the nodes."""
        return np.tile(WEIGHTS * self.half, self.count)

    def between(self, values: np.ndarray, times: int) -> np.ndarray:
        """Values (rows, nodes) carried to the middles of `times` equal parts of every panel."""
        shares = cardinals((2 * np.arange(times) + 1) / times - 1)
        lines = values.reshape(len(values), self.count, ORDER)
        return np.asarray(lines @ shares.T).reshape(len(values), -1)

    def split(self, times: int) -> Panels:
        """The same range in panels of a fraction of the width."""
        return Panels(self.low, self.high, self.count * times)

    def place(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Panel of each point, and its place there in [-1, 1]; the nearest panel's, if outside."""
        raw = np.floor((x - self.low) / (2 * self.half))
        panel = np.clip(raw, 0, self.count - 1).astype(int)
        return panel, (x - self.low) / self.half - 2 * panel - 1


def cardinals(local: np.ndarray) -> np.ndarray:
    """What each node's value counts for at places in [-1, 1]; shape (*local.shape, ORDER)."""
    offset = local[..., None] - NODES
    offset = np.where(np.abs(offset) < ON_NODE, ON_NODE, offset)
    parts = BARYCENTRIC / offset
    return np.asarray(parts / parts.sum(axis=-1, keepdims=True))
