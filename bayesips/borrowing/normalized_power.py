"""Normalized power prior (Duan et al. 2006): the discount of history is unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from bayesips.borrowing.method import Build
from bayesips.distributions.kinds import Positive, SharePrior
from bayesips.distributions.settings import check_settings
from bayesips.evidence.arm import Arm


@dataclass(frozen=True)
class NormalizedPower:
    """Likelihood of history raised to an unknown a0; the prior of the rate given a0 is normalised.

    Before the trial's own controls a0 keeps its declared prior: history alone says nothing about
    how much it should count. Controls update rate and a0 together.

    Parameters
    ----------
    discount : prior
        Prior of a0, a Beta or another prior on [0, 1].
    per_arm : bool
        Whether each arm has an a0 of its own (independent, same prior), or all share one. The
        exact engine takes at most four unknowns; with more arms use engine='nuts'.
    a, b : float
        Shapes of the initial prior of the rate.

    References
    ----------
    Duan Y, Ye K, Smith EP (2006), Environmetrics 17:95-106, doi:10.1002/env.752.
    Neuenschwander B, Branson M, Spiegelhalter DJ (2009), Stat Med 28:3562-6,
    doi:10.1002/sim.3722.
    """

    discount: SharePrior = ("beta", 1, 1)
    per_arm: bool = False
    a: Positive = 1.0
    b: Positive = 1.0

    title: ClassVar[str] = "normalized power prior"

    def __post_init__(self) -> None:
        check_settings(self)

    def tell(self, build: Build, history: Sequence[Arm]) -> Any:
        """The control rate: each arm counts for an unknown part of itself."""
        if self.per_arm:
            given = [(arm, build.hyper(f"discount_{arm.label}", self.discount)) for arm in history]
        else:
            discount = build.hyper("discount", self.discount)
            given = [(arm, discount) for arm in history]
        return build.conjugate("control", self.a, self.b, given=given)
