"""MAP with heavy tails: arms Student-t around the mean, so that an odd one weighs less."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from bayesips.borrowing.method import Build
from bayesips.distributions.kinds import MeanPrior, Number, SpreadPrior
from bayesips.distributions.ranges import Range
from bayesips.distributions.settings import check_settings
from bayesips.evidence.arm import Arm

FEWEST, MOST = 3, 1000


@dataclass(frozen=True)
class StudentMap:
    """Every arm, and the new control, is mu + tau t(df) on the link scale.

    NUTS samples the t distribution itself; the exact engine reads it as a mixture of Normals.

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

    df: Annotated[float, Number(Range(FEWEST, MOST, closed=True))] = 4.0
    mu: MeanPrior | None = None
    tau: SpreadPrior | None = None

    single: ClassVar[tuple[str, ...]] = ("df",)
    title: ClassVar[str] = "MAP, Student-t heterogeneity"

    def __post_init__(self) -> None:
        check_settings(self)

    def tell(self, build: Build, history: Sequence[Arm]) -> Any:
        """The control rate: the same t distribution for every arm and the control."""
        mu = build.hyper("mu", self.mu or build.default("mu"))
        tau = build.hyper("tau", self.tau or build.default("tau"))
        for arm in history:
            build.observe(build.rate(arm.label, mu, tau, df=self.df), arm)
        return build.rate("control", mu, tau, df=self.df)
