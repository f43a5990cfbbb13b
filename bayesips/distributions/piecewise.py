"""A positive function on panels of the link scale: its mass left and right of a point, inverted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayesips.distributions import panels

# A quantile is settled after a Newton step this short (what is left is of the order of its
# square), in a bracket this narrow, or this near in probability; in units of a panel's [-1, 1].
LAST_STEP, CLOSE, ROUNDING = 1e-8, 1e-13, 2e-16
MOST_STEPS = 60
# Values at the nodes -> coefficients, a last 0 beside those of the integral.
DENSITY = np.append(panels.TO_COEFFICIENTS, np.zeros((1, panels.ORDER)), axis=0).T


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
        return (self._values * panels.WEIGHTS).reshape(*self.batch_shape, -1)

    def log_at(self, eta: np.ndarray) -> np.ndarray:
        """Log values at points that broadcast with the batch."""
        panel, local = panels.locate(self.edges, eta)
        picked = _pick(self.logs, panel, self.batch_shape)
        return np.einsum("...k,...k->...", picked, panels.cardinals(local))

    def below_each(self, eta: np.ndarray) -> np.ndarray:
        """Mass left of each point (m,) in every cell of the batch, (*batch, m)."""
        panel, local = panels.locate(self.edges, eta)
        left, _ = self._sums
        within = np.einsum("...k,...k->...", self._values[..., panel, :], panels.integrals(local))
        return left[..., panel] + np.maximum(within, 0.0)

    def below(self, eta: np.ndarray) -> np.ndarray:
        """Mass left of points that broadcast with the batch."""
        panel, local = panels.locate(self.edges, eta)
        left, _ = self._sums
        before = _pick(left[..., :-1, None], panel, self.batch_shape)[..., 0]
        return before + self._within(panel, panels.integrals(local))

    def above(self, eta: np.ndarray) -> np.ndarray:
        """Mass right of points; small tails keep their digits."""
        panel, local = panels.locate(self.edges, eta)
        _, right = self._sums
        beyond = _pick(right[..., 1:, None], panel, self.batch_shape)[..., 0]
        return beyond + self._within(panel, panels.WEIGHTS - panels.integrals(local))

    def quantile(self, target: np.ndarray) -> np.ndarray:
        """Points left of which lies the mass `target`, by safeguarded Newton on their panel."""
        left, _ = self._sums
        target = np.clip(target, 0.0, left[..., -1])
        panel = (left[..., 1:-1] < target[..., None]).sum(axis=-1)
        rest = target - _pick(left[..., :-1, None], panel, self.batch_shape)[..., 0]
        local = _inverted(_pick(self._values, panel, self.batch_shape), rest)
        return self.edges[panel] + (local + 1) / 2 * (self.edges[panel + 1] - self.edges[panel])

    def on(self, edges: np.ndarray) -> Piecewise:
        """This function on other panels within its range."""
        if self.empty:
            return self
        return Piecewise(edges, panels.interpolate(self.edges, self.logs, panels.nodes_of(edges)))

    def split_at(self, eta: np.ndarray) -> Piecewise:
        """This function with panel edges at given points too."""
        inside = eta[(eta > self.edges[0]) & (eta < self.edges[-1])]
        return self.on(np.union1d(self.edges, inside)) if len(inside) else self

    def halved(self) -> Piecewise:
        """This function on panels of half the width."""
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
    def _values(self) -> np.ndarray:
        """Values at the nodes, per unit of each panel's [-1, 1]."""
        return np.exp(self.logs) * (np.diff(self.edges)[:, None] / 2)

    def _within(self, panel: np.ndarray, part: np.ndarray) -> np.ndarray:
        """Mass of a part of a panel, given by the weights of the panel's values in it."""
        chosen = _pick(self._values, panel, self.batch_shape)
        return np.maximum(np.einsum("...k,...k->...", chosen, part), 0.0)


def _inverted(values: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Places in [-1, 1] of panels left of which the mass is `rest`: safeguarded Newton.

    `values` are those of each place's panel at the nodes, (..., ORDER).
    """
    integral = values @ panels.TO_INTEGRAL.T
    both = np.stack([integral, values @ DENSITY])  # Chebyshev coefficients
    low, high = np.full(rest.shape, -1.0), np.ones(rest.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        local = np.clip(np.nan_to_num(2 * rest / integral.sum(axis=-1) - 1), -0.999, 0.999)
        for _ in range(MOST_STEPS):
            running, slope = np.einsum("s...k,k...->s...", both, panels.basis(local, panels.ORDER))
            gap = running - rest
            below = gap < 0
            low, high = np.where(below, local, low), np.where(below, high, local)
            new = local - gap / slope
            newton = (new >= low) & (new <= high)
            new = np.where(newton, new, (low + high) / 2)
            moved, local = np.abs(new - local), new
            if np.all((moved < np.where(newton, LAST_STEP, CLOSE)) | (np.abs(gap) < ROUNDING)):
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
