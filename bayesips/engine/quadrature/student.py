"""A Student-t as a mixture of Normals, which is what quadrature reads."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import special

from bayesips.engine.quadrature.gauss import of_recurrence

# Normals in the scale mixture: the control's mean, sd and quantiles are then within 2e-9 (3 degrees
# of freedom) or 2e-10 (4, the default) of those of many more.
PARTS = 14
# The log precision is laid out on so many even nodes, and so much is cut from either end.
LAID_OUT, CUT = 400, 1e-16


@lru_cache(maxsize=16)
def scale_mixture(df: float, parts: int = PARTS) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Weights and sd factors of the Normals that together are all but a t distribution.

    A scale mixture of Normals, their precision Gamma(df / 2, df / 2): Gauss nodes of its log,
    from the three-term recurrence of its orthogonal polynomials.
    """
    low = np.log(special.gammaincinv(df / 2, CUT) * 2 / df)
    high = np.log(special.gammainccinv(df / 2, CUT) * 2 / df)
    x = np.linspace(low, high, LAID_OUT)
    mass = np.exp(df / 2 * (x - np.exp(x) + 1))
    mass /= mass.sum()
    middle, side = np.zeros(parts), np.zeros(parts)
    before, now = np.zeros(LAID_OUT), np.ones(LAID_OUT)
    for place in range(parts):
        middle[place] = mass @ (x * now**2)
        after = (x - middle[place]) * now - side[place - 1] * before
        side[place] = np.sqrt(mass @ after**2)
        before, now = now, after / side[place]
    nodes, weights = of_recurrence(middle, side[:-1])
    factors = np.exp(-nodes / 2)
    return tuple((weights / weights.sum()).tolist()), tuple(factors.tolist())
