"""Test-then-pool (Viele et al. 2014): pool history with the controls unless a test objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from bayesips.borrowing.method import Adapted, PriorOf
from bayesips.borrowing.pooled import Pooled
from bayesips.borrowing.separate import Separate
from bayesips.distributions.conflict import box_p_value
from bayesips.distributions.kinds import Number, Positive
from bayesips.distributions.ranges import INSIDE
from bayesips.distributions.settings import check_settings
from bayesips.evidence.arm import Arm


@dataclass(frozen=True)
class TestThenPool:
    """Full pooling if the controls are no surprise to pooled history, else no borrowing.

    The test is the exact prior-predictive tail of the controls' count (Box), which holds at 7
    patients, where a chi-square test does not, and for history at any landmark.

    Parameters
    ----------
    level : float
        Pool if the tail is above this.
    a, b : float
        Shapes of the initial prior.

    References
    ----------
    Viele K et al. (2014), Pharm Stat 13:41-54, doi:10.1002/pst.1589.
    Box GEP (1980), J R Stat Soc A 143:383-430, doi:10.2307/2982063.
    """

    level: Annotated[float, Number(INSIDE)] = 0.1
    a: Positive = 1.0
    b: Positive = 1.0

    title: ClassVar[str] = "test-then-pool"
    __test__: ClassVar[bool] = False  # a method, not a test of pytest's

    def __post_init__(self) -> None:
        check_settings(self)

    def in_full(self) -> Pooled:
        """History pooled, nothing discounted."""
        return Pooled(self.a, self.b)

    def adapt(self, arms: Sequence[Arm], concurrent: Arm, prior_of: PriorOf) -> Adapted:
        """Pooled or separate, as the test says."""
        del arms
        pooled = self.in_full()
        tail = box_p_value(prior_of(pooled), concurrent.successes, concurrent.n)
        if float(tail) > self.level:
            return Adapted(pooled, None, 1.0)
        return Adapted(Separate(self.a, self.b), None, 0.0)
