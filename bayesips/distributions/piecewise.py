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
        cardinal = panels.basis(local, panels.ORDER - 1) @ panels.TO_COEFFICIENTS
        return np.einsum("...k,...k->...", _pick(self.logs, panel, self.batch_shape), cardinal)

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
        return beyond + np.maximum(
            self._within(panel, np.ones(panel.shape)) - self._within(panel, local), 0.0
        )

    def quantile(self, target: np.ndarray) -> np.ndarray:
        """Points left of which lies the mass `target`, by safeguarded Newton on their panel."""
        left, _ = self._sums
        target = np.clip(target, 0.0, left[..., -1])
        panel = (left[..., 1:] < target[..., None]).sum(axis=-1).clip(max=len(self.edges) - 2)
        rest = target - _pick(left[..., :-1, None], panel, self.batch_shape)[..., 0]
        integral = _pick(self._integrals, panel, self.batch_shape)
        density = _pick(self._densities, panel, self.batch_shape)
        local = _inverted(integral, density, rest)
        return self.edges[panel] + (local + 1) / 2 * np.diff(self.edges)[panel]

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
    def _densities(self) -> np.ndarray:
        """Legendre coefficients of each panel's values, per unit of its [-1, 1]."""
        half = np.diff(self.edges)[:, None] / 2
        return np.exp(self.logs) @ panels.TO_COEFFICIENTS.T * half

    @cached_property
    def _integrals(self) -> np.ndarray:
        """Legendre coefficients of each panel's running integral."""
        return legendre.legint(self._densities, lbnd=-1, axis=-1)

    def _within(self, panel: np.ndarray, local: np.ndarray) -> np.ndarray:
        """Mass of a panel left of a place in it."""
        chosen = _pick(self._integrals, panel, self.batch_shape)
        running = panels.basis(local, panels.ORDER)
        return np.clip(np.einsum("...k,...k->...", chosen, running), 0.0, None)


def _inverted(integral: np.ndarray, density: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Places in [-1, 1] left of which the polynomials' mass is `rest`: safeguarded Newton.

    `integral` and `density` are Legendre coefficients, one row for each place.
    """
    low, high = np.full(rest.shape, -1.0), np.ones(rest.shape)
    mass = integral.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        local = np.clip(np.nan_to_num(2 * rest / mass - 1), -0.999, 0.999)
    for _ in range(60):
        running = panels.basis(local, panels.ORDER)
        gap = np.einsum("...k,...k->...", integral, running) - rest
        slope = np.einsum("...k,...k->...", density, running[..., : panels.ORDER])
        low, high = np.where(gap < 0, local, low), np.where(gap < 0, high, local)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = local - gap / slope
        new = np.where((step >= low) & (step <= high), step, (low + high) / 2)
        moved, local = np.abs(new - local), new
        if np.all((moved < 1e-13) | (np.abs(gap) < 2e-16)):  # noqa: PLR2004  rounding
            break
    return local


def _pick(table: np.ndarray, panel: np.ndarray, batch: tuple[int, ...]) -> np.ndarray:
    """Rows of a table (*batch, panels, width) at panels that broadcast with the batch."""
    if not batch:
        return table[panel]
    shape = np.broadcast_shapes(panel.shape, batch)
    table = np.broadcast_to(table, (*shape, *table.shape[-2:]))
    index = np.broadcast_to(panel, shape)[..., None, None]
    return np.take_along_axis(table, index, axis=-2)[..., 0, :]
