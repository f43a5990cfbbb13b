"""A Student-t as a mixture of Normals, which is what quadrature reads."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import special

# Normals in the scale mixture: the control's mean, sd and quantiles are then within 2e-9 (3 degrees
# of freedom) or 2e-10 (4, the default) of those of many more.
PARTS = 14
# The log precision is laid out on so many even nodes, and so much is cut from either end.
LAID_OUT, CUT = 400, 1e-16


@lru_cache(maxsize=16)
def scale_mixture(df: float, parts: int = PARTS) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Weights and sd factors of the Normals that together are all but a t distribution.

    A scale mixture of Normals, their precision Gamma(df / 2, df / 2): Gauss nodes of its log,
    from the three-term recurrence of its orthogonal polynomials (Golub & Welsch 1969).
    """
    low = np.log(special.gammaincinv(df / 2, CUT) * 2 / df)
    high = np.log(special.gammainccinv(df / 2, CUT) * 2 / df)
    x = np.linspace(low, high, LAID_OUT)
    mass = np.exp(df / 2 * (x - np.exp(x) + 1))
    mass /= mass.sum()
    matrix = np.zeros((parts, parts))
    before, now, side = np.zeros(LAID_OUT), np.ones(LAID_OUT), np.zeros(())
    for place in range(parts):
        matrix[place, place] = middle = mass @ (x * now**2)
        after = (x - middle) * now - side * before
        side = np.sqrt(mass @ after**2)
        if place + 1 < parts:
            matrix[place + 1, place] = side
        before, now = now, after / side
    nodes, vectors = np.linalg.eigh(matrix)
    weights, factors = vectors[0] ** 2, np.exp(-nodes / 2)
    return tuple((weights / weights.sum()).tolist()), tuple(factors.tolist())
