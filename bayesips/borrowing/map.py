"""Meta-analytic predictive prior (Neuenschwander et al. 2010; Schmidli et al. 2014)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from bayesips.borrowing.method import Build
from bayesips.distributions.kinds import MeanPrior, SpreadPrior
from bayesips.distributions.settings import check_settings
from bayesips.evidence.arm import Arm


@dataclass(frozen=True)
class Map:
    """Every arm, and the new control, Normal(mu, tau) on the link scale.

    Parameters
    ----------
    mu : prior
        Mean of the arms on the link scale. None: the endpoint's default, Normal(0, 2) on the
        logit, Normal(-0.37, 1) on log(-log).
    tau : prior
        Standard deviation between arms. None: half-normal(1) on the logit, half-normal(0.5) on
        log(-log).

    References
    ----------
    Neuenschwander B et al. (2010), Clin Trials 7:5-18, doi:10.1177/1740774509356002.
    Schmidli H et al. (2014), Biometrics 70:1023-32, doi:10.1111/biom.12242.
    """

    mu: MeanPrior | None = None
    tau: SpreadPrior | None = None

    title: ClassVar[str] = "meta-analytic predictive (MAP)"
    takes_empty_arms: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_settings(self)

    def tell(self, build: Build, history: Sequence[Arm]) -> Any:
        """The control rate: arms and control are exchangeable."""
        mu = build.hyper("mu", self.mu or build.default("mu"))
        tau = build.hyper("tau", self.tau or build.default("tau"))
        for arm in history:
            build.observe(build.rate(arm.label, mu, tau), arm)
        return build.rate("control", mu, tau)
