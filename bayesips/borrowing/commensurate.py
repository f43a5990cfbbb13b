"""Commensurate prior (after Hobbs et al. 2011, 2012): one historical rate, control nearby."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from bayesips.borrowing.method import Build
from bayesips.distributions.kinds import MeanPrior, SpreadPrior
from bayesips.distributions.settings import check_settings
from bayesips.evidence.arm import Arm


@dataclass(frozen=True)
class Commensurate:
    """All historical arms have one rate; the control is Normal around it on the link scale.

    Parameters
    ----------
    mu : prior
        The historical rate on the link scale. None: the endpoint's default.
    tau : prior
        Standard deviation of the control around history. None: the endpoint's default,
        half-normal. Others: ("half_cauchy", 1), or spike and slab as a mixture,
        ("mixture", [0.5, ("fixed", 0.05)], [0.5, ("uniform", 0, 2)]).

    Notes
    -----
    History alone says nothing about tau, which keeps its prior until there are controls. Hobbs'
    spike and slab lies on the precision; here on the standard deviation, so that a spike near 0
    means agreement.

    References
    ----------
    Hobbs BP et al. (2011), Biometrics 67:1047-56, doi:10.1111/j.1541-0420.2011.01564.x.
    Hobbs BP, Sargent DJ, Carlin BP (2012), Bayesian Anal 7:639-74, doi:10.1214/12-BA722.
    """

    mu: MeanPrior | None = None
    tau: SpreadPrior | None = None

    title: ClassVar[str] = "commensurate prior"
    takes_empty_arms: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_settings(self)

    def tell(self, build: Build, history: Sequence[Arm]) -> Any:
        """The control rate: one past, and a control not far from it."""
        mu = build.hyper("mu", self.mu or build.default("mu"))
        tau = build.hyper("tau", self.tau or build.default("tau"))
        past = build.rate("history", mu)
        for arm in history:
            build.observe(past, arm)
        return build.rate("control", mu, tau)
