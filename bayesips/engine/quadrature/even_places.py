"""Polynomials through values at even places: what each value counts for in between."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import special

# Neighbours of a local polynomial.
STENCIL = 12
# An offset this small is on a place.
ON_PLACE = 1e-13


def cardinals(at: np.ndarray, count: int = STENCIL) -> np.ndarray:
    """What values at 0 .. count - 1 count for in the polynomial through them at `at`, a new axis.

    Barycentric weights of even places (Berrut & Trefethen 2004, SIAM Rev 46:501-17, eq. 5.1).
    """
    signs = (-1.0) ** np.arange(count) * special.binom(count - 1, np.arange(count))
    away = at[..., None] - np.arange(count)
    parts = signs / np.where(np.abs(away) < ON_PLACE, ON_PLACE, away)
    return np.asarray(parts / parts.sum(axis=-1, keepdims=True))


@lru_cache(maxsize=256)
def filling(count: int, times: int) -> np.ndarray:
    """Matrix from values at even places to those on `times` as many, (fine, count)."""
    fine = (count - 1) * times + 1
    at = np.arange(fine) / times
    size = min(STENCIL, count)
    first = np.clip(np.floor(at).astype(int) - size // 2 + 1, 0, count - size)
    found = np.zeros((fine, count))
    np.put_along_axis(found, first[:, None] + np.arange(size), cardinals(at - first, size), axis=1)
    return found


def interpolated(start: float, step: float, values: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Local polynomial interpolation of even samples (C, N) at x (m,); 0 outside."""
    place = (x - start) / step
    first = np.floor(place).astype(int) - STENCIL // 2 + 1
    inside = (first >= 0) & (first + STENCIL <= values.shape[1])
    first = np.clip(first, 0, values.shape[1] - STENCIL)
    weights = cardinals(np.where(inside, place - first, 0.0))
    near = values[:, first[:, None] + np.arange(STENCIL)]
    return np.where(inside, np.einsum("cmk,mk->cm", near, weights), 0.0)
