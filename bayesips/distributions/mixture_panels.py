"""Quadrature on the log odds that resolves every component of a Beta mixture.

Log odds keep both ends of the unit interval in full relative precision.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, polygamma, psi

from bayesips.distributions.gauss import on_panels

ORDER = 16  # Gauss-Legendre nodes of a panel
# Ends of a component's panels, in standard deviations of its log odds.
REACH = np.array([0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 20, 40])


def nodes_and_weights(a: NDArray, b: NDArray, doublings: int) -> tuple[NDArray, NDArray]:
    """Nodes on the log odds and their weights, each (..., Q).

    Parameters
    ----------
    a, b
        Shapes (..., K). The log odds of Beta(a, b) have mean psi(a) - psi(b) and variance
        psi'(a) + psi'(b).
    doublings
        Further panels on both sides, each as long as all before it: for integrands that fall
        more slowly than the density.
    """
    edges = panel_ends(a, b)
    edges = np.sort(edges.reshape(*edges.shape[:-2], -1), axis=-1)
    outer = np.abs(edges).max(axis=-1, keepdims=True) * 2.0 ** np.arange(1, doublings + 1)
    return on_panels(np.concatenate([-outer[..., ::-1], edges, outer], axis=-1), ORDER)


def panel_ends(a: NDArray, b: NDArray) -> NDArray:
    """Ends of panels on the log odds that resolve each Beta, shape (*a.shape, ends)."""
    centre, sd = psi(a) - psi(b), np.sqrt(polygamma(1, a) + polygamma(1, b))
    return centre[..., None] + sd[..., None] * np.concatenate([-REACH[::-1], [0.0], REACH])


def log_rates(log_odds: NDArray) -> tuple[NDArray, NDArray]:
    """Log theta and log(1 - theta)."""
    return -np.logaddexp(0, -log_odds), -np.logaddexp(0, log_odds)


def log_components(weights: NDArray, a: NDArray, b: NDArray, log_odds: NDArray) -> NDArray:
    """log(w_k Beta(theta; a_k, b_k)), a density of theta, shape (..., K, Q)."""
    log_rate, log_complement = log_rates(log_odds)
    with np.errstate(divide="ignore"):
        constant = np.log(weights) - betaln(a, b)
    left = (a - 1)[..., None] * log_rate[..., None, :]
    return constant[..., None] + left + (b - 1)[..., None] * log_complement[..., None, :]
