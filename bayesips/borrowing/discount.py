"""Discount prior (Haddad et al. 2017): a power prior discounted by a p-value of agreement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from bayesips.borrowing.method import Adapted, PriorOf
from bayesips.borrowing.pooled import Pooled
from bayesips.borrowing.power import Power
from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.effects import prob_greater
from bayesips.distributions.kinds import Number, Positive, Word
from bayesips.distributions.ranges import SHARE
from bayesips.distributions.settings import check_settings
from bayesips.evidence.arm import Arm

FUNCTIONS = ("weibull", "identity")


@dataclass(frozen=True)
class Discount:
    """Power prior with a0 = maximum F(p), p the two-sided agreement of history and controls.

    p = 2 min(q, 1 - q), q the posterior probability that the controls' rate is above history's,
    each with its own data only: 1 where they agree, near 0 where they do not.

    Parameters
    ----------
    function : {"weibull", "identity"}
        F(p) = 1 - exp(-(p / scale)^shape), or p itself.
    shape, scale : float
        Of the Weibull discount function.
    maximum : float
        Largest a0.
    a, b : float
        Shapes of the initial prior.

    References
    ----------
    Haddad T et al. (2017), J Biopharm Stat 27:1089-103, doi:10.1080/10543406.2017.1300907.
    """

    function: Annotated[str, Word(FUNCTIONS)] = "weibull"
    shape: Positive = 3.0
    scale: Positive = 0.135
    maximum: Annotated[float, Number(SHARE)] = 1.0
    a: Positive = 1.0
    b: Positive = 1.0

    title: ClassVar[str] = "discount prior (p-value)"

    def __post_init__(self) -> None:
        check_settings(self)

    def in_full(self) -> Pooled:
        """History pooled, nothing discounted."""
        return Pooled(self.a, self.b)

    def adapt(self, arms: Sequence[Arm], concurrent: Arm, prior_of: PriorOf) -> Adapted:
        """A power prior with the discount of this agreement."""
        del arms
        survivors, n = concurrent.successes, concurrent.n
        now = BetaMixture([1.0], [self.a + survivors], [self.b + (n - survivors)])
        above = float(prob_greater(now, prior_of(self.in_full())))
        discount = self.maximum * self.discount_at(2 * min(above, 1 - above))
        return Adapted(Power(discount, self.a, self.b), None, discount)

    def discount_at(self, agreement: float) -> float:
        """a0 / maximum at an agreement p."""
        if self.function == "identity":
            return agreement
        return float(-np.expm1(-((agreement / self.scale) ** self.shape)))
