"""Piecewise polynomials on Gauss-Legendre panels: integrate, interpolate, refine.

A function is held by its values at `ORDER` Gauss-Legendre nodes of each panel, batch axes first:
shape (*batch, panels, ORDER). Positive functions are held in logs, so that tails keep their
relative accuracy and interpolation cannot turn negative.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import chebyshev, legendre

from bayesips.errors import NotSettled

ORDER = 12
NODES, WEIGHTS = legendre.leggauss(ORDER)
# Values at the nodes -> Chebyshev coefficients of the polynomial, of its integral from -1, and
# its derivative at the nodes.
TO_COEFFICIENTS = np.linalg.inv(chebyshev.chebvander(NODES, ORDER - 1))
TO_INTEGRAL = chebyshev.chebint(TO_COEFFICIENTS, lbnd=-1, axis=0)
DERIVATIVE = chebyshev.chebval(NODES, chebyshev.chebder(TO_COEFFICIENTS, axis=0)).T
# Values at the nodes -> the last two coefficients of the Legendre series (the nodes make the
# discrete transform exact).
LAST_TWO = ((np.arange(ORDER)[:, None] + 0.5) * legendre.legvander(NODES, ORDER - 1).T * WEIGHTS)[
    -2:
]
# A panel is fine enough once its two last coefficients are below this part of its own mass ...
RESOLVED = 1e-9
# (or of this part, where the function itself is only good to `negligible` parts of the whole) ...
COARSELY, COARSE_SUM = 1e-5, 1e-12
# ... or below this part of the whole.
NEGLIGIBLE = 1e-17
MAX_ROUNDS = 40
# Log densities below the peak by more than this are flat within double precision.
FLOOR = -2000.0
# In place of minus infinity where a difference of two logs is wanted.
LOWEST = -1e300


def nodes_of(edges: np.ndarray) -> np.ndarray:
    """All nodes, shape (panels, ORDER)."""
    half = np.diff(edges)[:, None] / 2
    return edges[:-1, None] + half + half * NODES


def weights_of(edges: np.ndarray) -> np.ndarray:
    """Quadrature weights, shape (panels, ORDER)."""
    return np.diff(edges)[:, None] / 2 * WEIGHTS


def basis(x: np.ndarray, order: int) -> np.ndarray:
    """Chebyshev polynomials 0..order at x, along a new first axis; each step doubles how many."""
    values = np.empty((order + 1, *x.shape))
    values[0], values[1] = 1.0, x
    known = 1
    while known < order:
        more = min(known, order - known)
        product = 2 * values[known] * values[1 : more + 1]  # T_m T_n = (T_m+n + T_m-n) / 2
        values[known + 1 : known + more + 1] = product - values[known - more : known][::-1]
        known += more
    return values


def interpolate(edges: np.ndarray, values: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Values of the piecewise polynomial at points `x` within the edges.

    `values` (*batch, panels, ORDER), `x` any shape (m...); result (*batch, m...).
    """
    panel, local = locate(edges, x)
    return np.einsum("...k,...k->...", values[..., panel, :], cardinals(local))


def cardinals(local: np.ndarray) -> np.ndarray:
    """Weights of a panel's values in that at places in [-1, 1], along a new last axis."""
    return np.tensordot(basis(local, ORDER - 1), TO_COEFFICIENTS, axes=(0, 0))


def integrals(local: np.ndarray) -> np.ndarray:
    """Weights of a panel's values in its integral from -1 to places in [-1, 1], a new last axis."""
    return np.tensordot(basis(local, ORDER), TO_INTEGRAL, axes=(0, 0))


def locate(edges: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Panel of each point, and its place in [-1, 1] there."""
    panel = edges[1:-1].searchsorted(x, side="right")
    low, high = edges[panel], edges[panel + 1]
    local = (2 * x - low - high) / (high - low)
    return panel, np.minimum(np.maximum(local, -1.0), 1.0)


@dataclass(frozen=True, eq=False)
class Sampled:
    """A function sampled on panels in any order.

    Parameters
    ----------
    low, high : array, shape (panels,)
        Ends of the panels.
    logs : array, shape (*batch, panels, ORDER)
        Log values at the nodes.
    top, mass, tail : array, shape (*batch, panels)
        Largest log; mass, and size of the two last coefficients, both in units of exp(top).
    """

    low: np.ndarray
    high: np.ndarray
    logs: np.ndarray
    top: np.ndarray
    mass: np.ndarray
    tail: np.ndarray

    @classmethod
    def of(cls, log_f: Callable[[np.ndarray], np.ndarray], low: np.ndarray, high: np.ndarray):
        """Evaluate the function at the nodes of panels given by their ends."""
        half = (high - low)[:, None] / 2
        nodes = low[:, None] + half + half * NODES
        logs = np.asarray(log_f(nodes.ravel()))
        logs = logs.reshape(*logs.shape[:-1], *nodes.shape)
        top = logs.max(axis=-1)
        scaled = np.exp(logs - np.maximum(top, LOWEST)[..., None])
        width = high - low
        tail = np.abs(scaled @ LAST_TWO.T).sum(axis=-1) * width
        return cls(low, high, logs, top, scaled @ WEIGHTS * (width / 2), tail)

    def scale(self) -> tuple[np.ndarray, np.ndarray]:
        """Largest log (*batch, 1), and every panel's unit relative to its exp."""
        peak = np.maximum(self.top.max(axis=-1, keepdims=True), LOWEST)
        return peak, np.exp(self.top - peak)

    def unresolved(self, negligible: float) -> np.ndarray:
        """Panels on which some cell of the batch is not yet resolved."""
        _, scale = self.scale()
        mass, tail = self.mass * scale, self.tail * scale
        total = mass.sum(axis=-1, keepdims=True)
        relative = RESOLVED if negligible < COARSE_SUM else COARSELY
        poor = tail > np.maximum(relative * mass, negligible * total)
        poor |= tail > np.maximum(1e-12 * mass, max(1e-14, negligible) * total)
        return poor.reshape(-1, poor.shape[-1]).any(axis=0)

    def split(self, log_f: Callable[[np.ndarray], np.ndarray], which: np.ndarray) -> Sampled:
        """Halve the panels marked, evaluating only what is new."""
        low, high = self.low[which], self.high[which]
        middle = (low + high) / 2
        ends = np.concatenate([low, middle]), np.concatenate([middle, high])
        fresh, kept = Sampled.of(log_f, *ends), ~which
        return Sampled(
            np.concatenate([self.low[kept], fresh.low]),
            np.concatenate([self.high[kept], fresh.high]),
            np.concatenate([self.logs[..., kept, :], fresh.logs], axis=-2),
            np.concatenate([self.top[..., kept], fresh.top], axis=-1),
            np.concatenate([self.mass[..., kept], fresh.mass], axis=-1),
            np.concatenate([self.tail[..., kept], fresh.tail], axis=-1),
        )

    def in_order(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Edges, logs floored far below the peak, and the log of each cell's mass."""
        order = np.argsort(self.low)
        peak, scale = self.scale()
        with np.errstate(divide="ignore"):
            log_mass = peak[..., 0] + np.log((self.mass * scale).sum(axis=-1))
        least = (self.top.max(axis=-1) + FLOOR)[..., None, None]
        edges = np.append(self.low[order], self.high[order[-1]])
        return edges, np.maximum(self.logs[..., order, :], least), log_mass


def refine(
    log_f: Callable[[np.ndarray], np.ndarray], edges: np.ndarray, negligible: float = NEGLIGIBLE
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Split panels until exp(log_f) is resolved on each, for every cell of the batch.

    Parameters
    ----------
    log_f : callable
        Takes nodes (m,), gives logs (*batch, m).
    edges : array
        First panels, increasing.
    negligible : float
        Part of the whole below which a panel's error does not matter (the rounding of `log_f`).

    Returns
    -------
    edges, log_values, log_mass : arrays
        Final panels; logs there, shape (*batch, panels, ORDER), floored far below the peak; log
        of the mass of each cell.

    Raises
    ------
    NotSettled
        If the function is not resolved after `MAX_ROUNDS` splittings.
    """
    held = Sampled.of(log_f, edges[:-1], edges[1:])
    for _ in range(MAX_ROUNDS):
        split = held.unresolved(negligible)
        if not split.any():
            return held.in_order()
        held = held.split(log_f, split)
    raise NotSettled(
        f"a density on {edges[0]:.4g} to {edges[-1]:.4g} is not resolved on {len(held.low)} panels"
    )
