"""A positive function on panels of the link scale: its mass left and right of a point, inverted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.polynomial import legendre

from bayesips.distributions import panels


@dataclass(frozen=True, eq=False)
class Piecewise:
    """exp of a polynomial on each Gauss-Legendre panel, batch axes first.

    Parameters
    ----------
    edges : array, shape (panels + 1,)
        Ends of the panels.
    logs : array, shape (*batch, panels, ORDER)
        Log values at the nodes.
    """

    edges: np.ndarray
    logs: np.ndarray

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Leading batch axes."""
        return self.logs.shape[:-2]

    @property
    def empty(self) -> bool:
        """Whether there is no mass at all (a distribution of atoms only)."""
        return not np.isfinite(self.logs).any()

    @cached_property
    def nodes(self) -> np.ndarray:
        """All nodes, shape (panels * ORDER,)."""
        return panels.nodes_of(self.edges).ravel()

    @cached_property
    def mass(self) -> np.ndarray:
        """Mass at each node, shape (*batch, panels * ORDER)."""
        mass = np.exp(self.logs) * panels.weights_of(self.edges)
        return mass.reshape(*self.batch_shape, -1)

    def log_at(self, eta: np.ndarray) -> np.ndarray:
        """Log values at points that broadcast with the batch."""
        panel, local = panels.locate(self.edges, eta)
        basis = legendre.legvander(local, panels.ORDER - 1) @ panels.TO_COEFFICIENTS
        return np.einsum("...k,...k->...", _pick(self.logs, panel, self.batch_shape), basis)

    def below(self, eta: np.ndarray) -> np.ndarray:
        """Mass left of points that broadcast with the batch."""
        panel, local = panels.locate(self.edges, eta)
        left, _ = self._sums
        return _pick(left[..., :-1, None], panel, self.batch_shape)[..., 0] + self._within(
            panel, local
        )

    def above(self, eta: np.ndarray) -> np.ndarray:
        """Mass right of points; small tails keep their digits."""
        panel, local = panels.locate(self.edges, eta)
        _, right = self._sums
        beyond = _pick(right[..., 1:, None], panel, self.batch_shape)[..., 0]
        return beyond + np.maximum(self._within(panel, 1.0) - self._within(panel, local), 0.0)

    def quantile(self, target: np.ndarray) -> np.ndarray:
        """Points left of which lies the mass `target`, by safeguarded Newton on their panel."""
        left, _ = self._sums
        target = np.clip(target, 0.0, left[..., -1])
        panel = (left[..., 1:] < target[..., None]).sum(axis=-1).clip(max=len(self.edges) - 2)
        rest = target - _pick(left[..., :-1, None], panel, self.batch_shape)[..., 0]
        start, width = self.edges[panel], np.diff(self.edges)[panel]
        low, high = np.full(rest.shape, -1.0), np.ones(rest.shape)
        local = np.clip(2 * rest / np.maximum(self._within(panel, 1.0), 1e-300) - 1, -0.999, 0.999)
        for _ in range(60):
            gap = self._within(panel, local) - rest
            low, high = np.where(gap < 0, local, low), np.where(gap < 0, high, local)
            slope = np.exp(self.log_at(start + (local + 1) / 2 * width)) * width / 2
            with np.errstate(divide="ignore", invalid="ignore"):
                step = local - gap / slope
            new = np.where((step > low) & (step < high), step, (low + high) / 2)
            moved, local = np.abs(new - local), new
            if np.all(moved < 1e-14):  # noqa: PLR2004  nothing moves any more
                break
        return start + (local + 1) / 2 * width

    def on(self, edges: np.ndarray) -> Piecewise:
        """The same function on other panels within its range."""
        if self.empty:
            return self
        return Piecewise(edges, panels.interpolate(self.edges, self.logs, panels.nodes_of(edges)))

    def halved(self) -> Piecewise:
        """The same function on panels of half the width."""
        middles = (self.edges[1:] + self.edges[:-1]) / 2
        return self.on(np.sort(np.concatenate([self.edges, middles])))

    def score(self) -> np.ndarray:
        """Derivative of the log at the nodes, shape (*batch, panels * ORDER)."""
        slope = self.logs @ panels.DERIVATIVE.T / (np.diff(self.edges)[:, None] / 2)
        return slope.reshape(*self.batch_shape, -1)

    @cached_property
    def _sums(self) -> tuple[np.ndarray, np.ndarray]:
        """Mass left of each edge and right of each edge, shape (*batch, panels + 1)."""
        mass = self.mass.reshape(self.logs.shape).sum(axis=-1)
        zero = np.zeros((*mass.shape[:-1], 1))
        left = np.concatenate([zero, np.cumsum(mass, axis=-1)], axis=-1)
        right = np.concatenate([np.cumsum(mass[..., ::-1], axis=-1)[..., ::-1], zero], axis=-1)
        return left, right

    @cached_property
    def _integrals(self) -> np.ndarray:
        """Legendre coefficients of each panel's running integral."""
        half = np.diff(self.edges)[:, None] / 2
        return legendre.legint(np.exp(self.logs) @ panels.TO_COEFFICIENTS.T * half, lbnd=-1, axis=-1)

    def _within(self, panel: np.ndarray, local: np.ndarray | float) -> np.ndarray:
        """Mass of a panel left of a place in it."""
        basis = legendre.legvander(np.asarray(local, dtype=float), panels.ORDER)
        chosen = _pick(self._integrals, panel, self.batch_shape)
        return np.clip(np.einsum("...k,...k->...", chosen, basis), 0.0, None)


def _pick(table: np.ndarray, panel: np.ndarray, batch: tuple[int, ...]) -> np.ndarray:
    """Rows of a table (*batch, panels, width) at panels that broadcast with the batch."""
    if not batch:
        return table[panel]
    shape = np.broadcast_shapes(panel.shape, batch)
    table = np.broadcast_to(table, (*shape, *table.shape[-2:]))
    index = np.broadcast_to(panel, shape)[..., None, None]
    return np.take_along_axis(table, index, axis=-2)[..., 0, :]
