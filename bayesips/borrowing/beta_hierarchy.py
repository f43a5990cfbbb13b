"""Beta hierarchy (Kass & Steffey 1989): every rate Beta(mean, size), both unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from bayesips.borrowing.method import Build
from bayesips.distributions.kinds import SharePrior, SpreadPrior
from bayesips.distributions.settings import check_settings
from bayesips.evidence.arm import Arm


@dataclass(frozen=True)
class BetaHierarchy:
    """Every arm's rate, and the new control's, is Beta(mean size, (1 - mean) size).

    Parameters
    ----------
    mean : prior
        Prior of the mean rate, on [0, 1].
    size : prior
        Prior of the size, the number of patients that one arm's rate is worth as evidence of
        another's. The default, lognormal with median 12 and 95 % of its mass between 0.6 and 230,
        lets rates near 1/4 differ by standard deviations from 1.8 down to 0.15 on the logit: about
        the range of a half-normal(1).

    References
    ----------
    Kass RE, Steffey D (1989), J Am Stat Assoc 84:717-26, doi:10.1080/01621459.1989.10478825.
    """

    mean: SharePrior = ("beta", 1, 1)
    size: SpreadPrior = ("lognormal", 2.5, 1.5)

    title: ClassVar[str] = "beta hierarchy"

    def __post_init__(self) -> None:
        check_settings(self)

    def tell(self, build: Build, history: Sequence[Arm]) -> Any:
        """The control rate: arms and control are exchangeable on the rate scale."""
        mean, size = build.hyper("mean", self.mean), build.hyper("size", self.size)
        a, b = mean * size, (1 - mean) * size
        for arm in history:
            build.observe(build.conjugate(arm.label, a, b), arm)
        return build.conjugate("control", a, b)
