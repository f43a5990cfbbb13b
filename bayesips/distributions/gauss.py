"""Gauss-Legendre nodes and weights, each rule computed once."""

from functools import cache

import numpy as np


@cache
def gauss_legendre(order: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights on [-1, 1]."""
    return np.polynomial.legendre.leggauss(order)


def on_panels(edges: np.ndarray, order: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of a composite rule, edges (..., panels + 1), each (..., nodes)."""
    nodes, weights = gauss_legendre(order)
    half = np.diff(edges)[..., None] / 2
    at = edges[..., :-1, None] + half * (1 + nodes)
    return at.reshape(*at.shape[:-2], -1), (half * weights).reshape(*at.shape[:-2], -1)
