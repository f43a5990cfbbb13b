"""EXNEX (Neuenschwander et al. 2016): each arm exchangeable with the others, or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from bayesips.arm import Arm
from bayesips.borrowing.method import Build, check_mean_and_spread
from bayesips.priors import Prior


@dataclass(frozen=True)
class Exnex:
    """Each arm, and the new control, is Normal(mu, tau) or, not exchangeable, Normal(m, s).

    Parameters
    ----------
    exchangeable : float
        Probability p of being exchangeable, fixed.
    mu, tau : prior
        Mean and sd of the exchangeable arms on the link scale. None: the endpoint's defaults.
    alone : prior
        ("normal", m, s), an arm that is not exchangeable. None: the endpoint's default for mu.

    References
    ----------
    Neuenschwander B et al. (2016), Pharm Stat 15:123-34, doi:10.1002/pst.1730.
    """

    exchangeable: Any = 0.5
    mu: tuple[Any, ...] | None = None
    tau: tuple[Any, ...] | None = None
    alone: tuple[Any, ...] | None = None

    title: ClassVar[str] = "exchangeable or not (EXNEX)"

    def __post_init__(self) -> None:
        values = np.asarray(self.exchangeable, dtype=float)
        if not np.all((values >= 0) & (values <= 1)):
            raise ValueError(f"exchangeable is {self.exchangeable}; allowed is 0 to 1")
        check_mean_and_spread(self.mu, self.tau)
        if self.alone is not None:
            Prior.parse(self.alone).within(("normal",), "alone")

    def tell(self, build: Build, history: Sequence[Arm]) -> Any:
        """Tell it: the same mixture for every arm and the control."""
        mu = build.hyper("mu", self.mu or build.default("mu"))
        tau = build.hyper("tau", self.tau or build.default("tau"))
        m, s = Prior.parse(self.alone or build.default("mu")).numbers
        weights = [self.exchangeable, 1 - np.asarray(self.exchangeable)[()]]
        for arm in history:
            build.observe(build.rate(arm.label, [mu, m], [tau, s], weights), arm)
        return build.rate("control", [mu, m], [tau, s], weights)
