"""Gauss nodes of a range and of Beta distributions."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np


@lru_cache(maxsize=64)
def gauss_legendre(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights on [-1, 1]."""
    return np.polynomial.legendre.leggauss(count)


def gauss_nodes(a: Any, b: Any, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Gauss nodes and masses of many Beta distributions, (..., count)."""
    a, b = np.asarray(a, dtype=float)[..., None], np.asarray(b, dtype=float)[..., None]
    n = np.arange(count, dtype=float)
    alpha, beta = b - 1, a - 1
    twice = 2 * n + alpha + beta
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = (beta**2 - alpha**2) / (twice * (twice + 2))
        side = 4 * n * (n + alpha) * (n + beta) * (n + alpha + beta)
        side = side / (twice**2 * (twice + 1) * (twice - 1))
    middle[..., 0] = (b - a)[..., 0] / -(a + b)[..., 0]
    side[..., 1:2] = 4 * a * b / ((a + b) ** 2 * (a + b + 1))
    values, mass = of_recurrence(middle, np.sqrt(side[..., 1:]))
    return np.clip((values + 1) / 2, 1e-300, 1 - 1e-16), mass


def of_recurrence(middle: np.ndarray, side: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gauss nodes and masses from the recurrence of orthonormal polynomials, (..., count).

    `middle` (..., count) and `side` (..., count - 1) are the diagonals of its Jacobi matrix (Golub
    & Welsch 1969, Math Comp 23:221-30).
    """
    place = np.arange(middle.shape[-1])
    matrix = np.zeros((*middle.shape, len(place)))
    matrix[..., place, place] = middle
    matrix[..., place[1:], place[:-1]] = side
    values, vectors = np.linalg.eigh(matrix)
    return values, vectors[..., 0, :] ** 2
