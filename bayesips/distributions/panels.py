"""Piecewise polynomials on Gauss-Legendre panels: integrate, interpolate, refine.

A function is held by its values at `ORDER` Gauss-Legendre nodes of each panel, batch axes first:
shape (*batch, panels, ORDER). Positive functions are held in logs, so that tails keep their
relative accuracy and interpolation cannot turn negative.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.polynomial import legendre

from bayesips.distributions.mathematics import NUMPY
from bayesips.errors import NotSettled

ORDER = 12
NODES, WEIGHTS = legendre.leggauss(ORDER)
# Values at the nodes -> Legendre coefficients (the nodes make the discrete transform exact).
TO_COEFFICIENTS = (
    (np.arange(ORDER)[:, None] + 0.5) * legendre.legvander(NODES, ORDER - 1).T * WEIGHTS
)
DERIVATIVE = (
    np.stack([legendre.legval(NODES, legendre.legder(np.eye(ORDER)[k])) for k in range(ORDER)], 1)
    @ TO_COEFFICIENTS
)
# A panel is fine enough once its two last coefficients are below this part of its own mass ...
RESOLVED = 1e-9
# (or of this part, where the function itself is only good to `negligible` parts of the whole) ...
COARSELY, COARSE_SUM = 1e-5, 1e-12
# ... or below this part of the whole.
NEGLIGIBLE = 1e-17
MAX_ROUNDS = 40
# Log densities below the peak by more than this are flat as far as doubles can tell.
FLOOR = -2000.0


def nodes_of(edges: np.ndarray) -> np.ndarray:
    """All nodes, shape (panels, ORDER)."""
    half = np.diff(edges)[:, None] / 2
    return edges[:-1, None] + half + half * NODES


def weights_of(edges: np.ndarray) -> np.ndarray:
    """Quadrature weights, shape (panels, ORDER)."""
    return np.diff(edges)[:, None] / 2 * WEIGHTS


def basis(x: np.ndarray, order: int) -> np.ndarray:
    """Legendre polynomials 0..order at x, along a new last axis."""
    values = np.empty((order + 1, *x.shape))
    values[0], values[1] = 1.0, x
    for k in range(2, order + 1):
        values[k] = (2 * k - 1) / k * x * values[k - 1] - (k - 1) / k * values[k - 2]
    return np.moveaxis(values, 0, -1)


def interpolate(edges: np.ndarray, values: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Values of the piecewise polynomial at points `x` within the edges.

    `values` (*batch, panels, ORDER), `x` any shape (m...); result (*batch, m...).
    """
    panel, local = locate(edges, x)
    cardinal = basis(local, ORDER - 1) @ TO_COEFFICIENTS
    return np.einsum("...k,...k->...", values[..., panel, :], cardinal)


def locate(edges: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Panel of each point, and its place in [-1, 1] there."""
    panel = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, len(edges) - 2)
    low, high = edges[panel], edges[panel + 1]
    return panel, np.clip((2 * x - low - high) / (high - low), -1.0, 1.0)


def refine(
    log_f: Callable[[np.ndarray], np.ndarray], edges: np.ndarray, negligible: float = NEGLIGIBLE
) -> tuple[np.ndarray, np.ndarray]:
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
    edges, log_values : arrays
        Final panels, and logs there, shape (*batch, panels, ORDER), floored far below the peak.

    Raises
    ------
    NotSettled
        If the function is not resolved after `MAX_ROUNDS` splittings.
    """
    values = _evaluate(log_f, edges[:-1], edges[1:])
    for _ in range(MAX_ROUNDS):
        split = _unresolved(edges, values, negligible)
        if not split.any():
            return edges, _floored(values)
        edges, values = _split(log_f, edges, values, split)
    raise NotSettled(
        f"a density on {edges[0]:.4g} to {edges[-1]:.4g} is not resolved on {len(edges) - 1} panels"
    )


def _evaluate(log_f: Callable, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Logs at the nodes of panels given by their ends."""
    half = (high - low)[:, None] / 2
    nodes = low[:, None] + half + half * NODES
    values = np.asarray(log_f(nodes.ravel()))
    return values.reshape(*values.shape[:-1], *nodes.shape)


def _floored(values: np.ndarray) -> np.ndarray:
    """Logs no further below the peak than FLOOR, so that interpolation stays finite."""
    peak = values.max(axis=(-2, -1), keepdims=True)
    return np.maximum(values, peak + FLOOR)


def _unresolved(edges: np.ndarray, values: np.ndarray, negligible: float) -> np.ndarray:
    """Panels on which some cell of the batch is not yet resolved."""
    peak = values.max(axis=(-2, -1), keepdims=True)
    scaled = np.exp(np.maximum(values - peak, FLOOR))
    half = np.diff(edges) / 2
    mass = scaled @ WEIGHTS * half
    tail = np.abs(scaled @ TO_COEFFICIENTS[-2:].T).sum(axis=-1) * 2 * half
    total = mass.sum(axis=-1, keepdims=True)
    relative = RESOLVED if negligible < COARSE_SUM else COARSELY
    poor = tail > np.maximum(relative * mass, negligible * total)
    poor |= tail > np.maximum(1e-12 * mass, max(1e-14, negligible) * total)
    return poor.reshape(-1, poor.shape[-1]).any(axis=0)


def _split(
    log_f: Callable, edges: np.ndarray, values: np.ndarray, split: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Halve the panels marked, evaluating only what is new."""
    low, high = edges[:-1], edges[1:]
    middle = (low + high)[split] / 2
    new_low = np.stack([low[split], middle], 1).ravel()
    new_high = np.stack([middle, high[split]], 1).ravel()
    fresh = _evaluate(log_f, new_low, new_high)
    lows = np.concatenate([low[~split], new_low])
    order = np.argsort(lows, kind="stable")
    merged = np.concatenate([values[..., ~split, :], fresh], axis=-2)[..., order, :]
    return np.append(lows[order], edges[-1]), merged


def log_total(edges: np.ndarray, values: np.ndarray, atom_logs: np.ndarray) -> np.ndarray:
    """Log of all mass, continuous and in atoms."""
    with np.errstate(divide="ignore"):
        logs = values + np.log(weights_of(edges))
    flat = logs.reshape(*logs.shape[:-2], -1)
    batch = np.broadcast_shapes(flat.shape[:-1], atom_logs.shape[:-1])
    parts = [np.broadcast_to(part, (*batch, part.shape[-1])) for part in (flat, atom_logs)]
    return NUMPY.logsumexp(np.concatenate(parts, axis=-1))
