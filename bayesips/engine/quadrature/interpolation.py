"""Local polynomial interpolation of even samples."""

from __future__ import annotations

import numpy as np
from scipy import special

# Points of the local polynomial.
STENCIL = 12


def interpolated(start: float, step: float, values: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Local polynomial interpolation of even samples (C, N) at x (m,); 0 outside."""
    place = (x - start) / step
    first = np.floor(place).astype(int) - STENCIL // 2 + 1
    inside = (first >= 0) & (first + STENCIL <= values.shape[1])
    first = np.clip(first, 0, values.shape[1] - STENCIL)
    place = np.where(inside, place, first)
    offset = (place - first)[:, None] - np.arange(STENCIL)
    exact = np.abs(offset) < 1e-13  # noqa: PLR2004  on a sample
    offset = np.where(exact, 1e-13, offset)
    weights = _BARYCENTRIC / offset
    weights = weights / weights.sum(axis=1, keepdims=True)
    near = values[:, first[:, None] + np.arange(STENCIL)]
    return np.where(inside, np.einsum("cmk,mk->cm", near, weights), 0.0)


_BARYCENTRIC = (-1.0) ** np.arange(STENCIL) * special.binom(STENCIL - 1, np.arange(STENCIL))
