"""MAP with heavy tails: arms Student-t around the mean, so that an odd one weighs less."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy import special

from bayesips.arm import Arm
from bayesips.borrowing.method import Build, check_mean_and_spread

# Normals in the scale mixture, and the mass cut from either end of their precision: the t
# distribution's cdf is met within 1e-4 from 3 degrees of freedom on.
PARTS, CUT = 10, 1e-4
FEWEST, MOST = 3, 1000


@dataclass(frozen=True)
class StudentMap:
    """Every arm, and the new control, is mu + tau t(df) on the link scale.

    The t distribution is a scale mixture of Normals, their precision Gamma(df / 2, df / 2); it is
    told with ten of them, evenly spaced in the log precision.

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
    """Weights and sd factors of the Normals that together are nearly a t distribution."""
    low, high = np.log(special.gammaincinv(df / 2, [CUT, 1 - CUT]) * 2 / df)
    log_precision = np.linspace(low, high, parts)
    weights = np.exp(df / 2 * (log_precision - np.exp(log_precision)))
    factors = np.exp(-log_precision / 2)
    return [float(w) for w in weights / weights.sum()], [float(f) for f in factors]
