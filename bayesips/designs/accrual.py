"""How long a trial takes to fill: patients arrive by a Poisson process whose rate is uncertain.

With a Gamma(shape, time) rate the time to the n-th patient is beta prime, so everything is exact
(Anisimov & Fedorov 2007, Statistics in Medicine 26:4958-4975, for one centre).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, betaincinv, gammainc, gammaincinv

MONTHS = 12
JEFFREYS = 0.5  # shape of the reference prior of a Poisson rate
TWO_SD = 1.959964  # half the width of a 95 % interval, in standard deviations


@dataclass(frozen=True)
class Accrual:
    """Patients a month ~ Gamma(shape, months), with where it comes from.

    `shape` is infinite where the rate is taken as known; then `rate` alone counts.
    """

    label: str
    basis: str
    rate: float
    shape: float

    @classmethod
    def seen(cls, label: str, basis: str, patients: int, months: float) -> Accrual:
        """From an earlier trial: patients that joined in so many months (Jeffreys prior)."""
        shape = patients + JEFFREYS
        return cls(label, basis, shape / months, shape)

    @classmethod
    def of_cases(
        cls, label: str, basis: str, cases_a_year: tuple[float, float], share: float
    ) -> Accrual:
        """From cases a year, low to high as a 95 % range, and the share of them that joins."""
        low, high = (share * each / MONTHS for each in cases_a_year)
        mean, sd = (low + high) / 2, (high - low) / 2 / TWO_SD
        return cls(label, basis, mean, np.inf if sd == 0 else (mean / sd) ** 2)

    def completed(self, n: int, months: ArrayLike) -> NDArray:
        """P(n patients have joined within so many months)."""
        expected = np.asarray(months, float) * self.rate
        if np.isinf(self.shape):
            return gammainc(n, expected)
        return betainc(n, self.shape, expected / (expected + self.shape))

    def months(self, n: int, probability: ArrayLike = 0.5) -> NDArray:
        """Months within which n patients have joined with this probability."""
        level = np.asarray(probability, float)
        if np.isinf(self.shape):
            return gammaincinv(n, level) / self.rate
        share = betaincinv(n, self.shape, level)
        return share / (1 - share) * self.shape / self.rate

    def after(self, patients: int, months: float) -> Accrual:
        """What is known of the speed once `patients` more have joined in so many more months."""
        if np.isinf(self.shape):
            return self
        shape = self.shape + patients
        return Accrual(self.label, self.basis, shape / (self.shape / self.rate + months), shape)
