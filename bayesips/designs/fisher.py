"""Fisher's exact test as a comparator: its decisions, and its power over all outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesips.designs.binomial import (
    check_level,
    check_size,
    hypergeometric_table,
    pair_expectation,
)


@dataclass(frozen=True)
class FisherDesign:
    """A two-arm trial analysed by Fisher's one-sided exact test.

    The test is conditional on the total number of successes; its power is not.

    Parameters
    ----------
    n_treated, n_control : int
        Patients.
    alpha : float
        One-sided level; the null hypothesis is rejected where p <= alpha.

    Raises
    ------
    Refused
        For a number of patients that is not whole and positive, or a level outside (0, 1).
    """

    n_treated: int
    n_control: int
    alpha: float = 0.025

    def __post_init__(self) -> None:
        check_size(self.n_treated, "n_treated", 1)
        check_size(self.n_control, "n_control", 1)
        check_level(self.alpha)

    @cached_property
    def p_values(self) -> NDArray:
        """One-sided p for every pair of outcomes, shape (n_treated + 1, n_control + 1)."""
        given_total = hypergeometric_table(self.n_treated, self.n_treated + self.n_control)
        at_least = np.cumsum(given_total[:, ::-1], axis=1)[:, ::-1]
        treated = np.arange(self.n_treated + 1)[:, None]
        return at_least[treated + np.arange(self.n_control + 1), treated]

    def decisions(self) -> NDArray:
        """Whether the test rejects, for every pair of outcomes."""
        return self.p_values <= self.alpha * (1 + 1e-12)

    @property
    def success_table(self) -> NDArray:
        """The decisions as probabilities of success, 0 or 1."""
        return self.decisions().astype(float)

    def power(self, rate_treated: ArrayLike, rate_control: ArrayLike) -> NDArray:
        """P(reject) at true rates, broadcast against each other, over all outcomes."""
        return pair_expectation(self.decisions(), rate_treated, rate_control)
