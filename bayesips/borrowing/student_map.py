"""MAP with heavy tails: arms Student-t around the mean, so that an odd one weighs less."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy import special

from bayesips.arm import Arm
from bayesips.borrowing.method import Build, check_mean_and_spread

# Normals in the scale mixture: the control's mean, sd and quantiles are then within 2e-9 (3 degrees
# of freedom) or 2e-10 (4, the default) of those of many more.
PARTS = 14
# The log precision is laid out on so many even nodes, and so much is cut from either end.
LAID_OUT, CUT = 400, 1e-16
FEWEST, MOST = 3, 1000


@dataclass(frozen=True)
class StudentMap:
    """Every arm, and the new control, is mu + tau t(df) on the link scale.

    The t distribution is a scale mixture of Normals, their precision Gamma(df / 2, df / 2); it is
    told with fourteen of them, at the Gauss nodes of the log precision.

    Parameters
    ----------
    df : float
        Degrees of freedom, 3 to 1000; many: the Normal MAP.
    mu, tau : prior
        As in `Map`.

    References
    ----------
    Lee KJ, Thompson SG (2008), Stat Med 27:418-34, doi:10.1002/sim.2897.
    Neuenschwander B et al. (2010), Clin Trials 7:5-18, doi:10.1177/1740774509356002.
    Golub GH, Welsch JH (1969), Math Comp 23:221-30, doi:10.1090/S0025-5718-69-99647-1 (nodes).
    """

    df: float = 4.0
    mu: tuple[Any, ...] | None = None
    tau: tuple[Any, ...] | None = None

    title: ClassVar[str] = "MAP, Student-t heterogeneity"

    def __post_init__(self) -> None:
        if not FEWEST <= self.df <= MOST:
            raise ValueError(f"df is {self.df}; allowed is {FEWEST} to {MOST}")
        check_mean_and_spread(self.mu, self.tau)

    def tell(self, build: Build, history: Sequence[Arm]) -> Any:
        """Tell it: the same mixture of narrow and wide Normals for every arm and the control."""
        mu = build.hyper("mu", self.mu or build.default("mu"))
        tau = build.hyper("tau", self.tau or build.default("tau"))
        weights, factors = scale_mixture(self.df, PARTS)
        scales, centres = [tau * factor for factor in factors], [mu] * len(factors)
        for arm in history:
            build.observe(build.rate(arm.label, centres, scales, weights), arm)
        return build.rate("control", centres, scales, weights)


def scale_mixture(df: float, parts: int) -> tuple[list[float], list[float]]:
    """Weights and sd factors of the Normals that together are all but a t distribution.

    Gauss nodes of the log precision, from the three-term recurrence of its orthogonal polynomials.
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
    return [float(w) for w in weights / weights.sum()], [float(f) for f in factors]
