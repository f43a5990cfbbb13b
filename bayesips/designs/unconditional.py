"""Unconditional exact tests of two rates: Boschloo's and Barnard's, by the certified worst case.

Both order all outcomes by a statistic and reject the largest set of leading outcomes whose
probability stays within the level whatever the common rate. Boschloo's statistic is Fisher's p;
Barnard's, as it is computed today, the pooled z (Suissa & Shuster 1985).

References
----------
Boschloo RD (1970). Raised conditional level of significance for the 2 x 2 table when testing the
equality of two probabilities. Statistica Neerlandica 24:1-9.
Suissa S, Shuster JJ (1985). Exact unconditional sample sizes for the 2 x 2 binomial trial.
Journal of the Royal Statistical Society A 148:317-327.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesips.designs.binomial import check_level, check_size, pair_expectation
from bayesips.designs.fisher import FisherDesign
from bayesips.designs.worst_case import worst_case
from bayesips.distributions.rule import exceeds

SAME = 10  # digits of a statistic beyond which a difference is only rounding


@dataclass(frozen=True, eq=False)
class UnconditionalDesign:
    """A two-arm trial analysed by an unconditional exact test, one-sided.

    Parameters
    ----------
    statistic : array_like, shape (n_treated + 1, n_control + 1)
        Of every pair of outcomes; larger speaks more against equal rates.
    alpha : float
        One-sided level.
    """

    statistic: NDArray = field(repr=False)
    alpha: float = 0.025

    def __post_init__(self) -> None:
        check_level(self.alpha)
        object.__setattr__(self, "statistic", np.round(self.statistic, SAME))

    @cached_property
    def _decisions(self) -> NDArray:
        """The largest set of leading outcomes that keeps the level, by bisection."""
        values = np.append(np.unique(self.statistic), np.inf)
        low, high = 0, len(values) - 1
        while low < high:
            middle = (low + high) // 2
            rejected = (self.statistic >= values[middle]).astype(float)
            if exceeds(worst_case(rejected, level=self.alpha).bound, self.alpha):
                low = middle + 1
            else:
                high = middle
        return self.statistic >= values[low]

    def decisions(self) -> NDArray:
        """Whether the test rejects, for every pair of outcomes."""
        return self._decisions

    def p_value(self, treated: int, control: int) -> float:
        """One-sided p of so many successes: the certified worst case over the common rate."""
        as_extreme = self.statistic >= self.statistic[treated, control]
        return worst_case(as_extreme.astype(float)).attained

    def power(self, rate_treated: ArrayLike, rate_control: ArrayLike) -> NDArray:
        """P(reject) at true rates, broadcast against each other, over all outcomes."""
        return pair_expectation(self._decisions, rate_treated, rate_control)


def boschloo(n_treated: int, n_control: int, alpha: float = 0.025) -> UnconditionalDesign:
    """Boschloo's exact test: outcomes ordered by Fisher's p.

    Parameters
    ----------
    n_treated, n_control : int
        Patients.
    alpha : float
        One-sided level.

    Raises
    ------
    Refused
        For a number of patients that is not whole and positive, or a level outside (0, 1).
    """
    p_values = FisherDesign(n_treated, n_control, alpha).p_values
    return UnconditionalDesign(-np.log(p_values), alpha)


def barnard(n_treated: int, n_control: int, alpha: float = 0.025) -> UnconditionalDesign:
    """Barnard's exact test: outcomes ordered by the pooled z.

    Parameters, and what is refused, as in `boschloo`.
    """
    check_size(n_treated, "n_treated", 1)
    check_size(n_control, "n_control", 1)
    treated, control = np.ogrid[: n_treated + 1, : n_control + 1]
    pooled = (treated + control) / (n_treated + n_control)
    variance = pooled * (1 - pooled) * (1 / n_treated + 1 / n_control)
    difference = treated / n_treated - control / n_control
    z = difference / np.sqrt(np.where(variance > 0, variance, 1.0))
    return UnconditionalDesign(np.where(variance > 0, z, 0.0), alpha)
