"""MAP with arm covariates (meta-regression): history moved to the trial's own kind of patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from bayesips.arm import Arm
from bayesips.borrowing.method import Build, check_mean_and_spread
from bayesips.priors import REAL, Prior


@dataclass(frozen=True)
class MetaRegression:
    """Every arm Normal around mu + slopes times (its covariates - the trial's).

    By NUTS only: the exact engine refuses centres that are sums of unknowns.

    Parameters
    ----------
    trial : mapping of str to float
        The trial's own value of each covariate to adjust for (landmark class, era, steroid
        status, ...); every arm must have them in `Arm.covariates`. Without any it is the MAP.
    slope : prior
        Prior of each slope, on the link scale, per standard deviation of the covariate between
        arms.
    mu, tau : prior
        Mean at the trial's covariates, and sd between arms. None: the endpoint's defaults.

    References
    ----------
    Thompson SG, Higgins JPT (2002), Stat Med 21:1559-73, doi:10.1002/sim.1187.
    Schmidli H et al. (2014), Biometrics 70:1023-32, doi:10.1111/biom.12242.
    """

    trial: Mapping[str, float] = field(default_factory=dict, hash=False)
    slope: tuple[Any, ...] = ("normal", 0, 1)
    mu: tuple[Any, ...] | None = None
    tau: tuple[Any, ...] | None = None

    title: ClassVar[str] = "MAP with arm covariates"

    def __post_init__(self) -> None:
        Prior.parse(self.slope).within(REAL, "slope")
        check_mean_and_spread(self.mu, self.tau)

    def tell(self, build: Build, history: Sequence[Arm]) -> Any:
        """Tell it: exchangeable once moved to the trial's covariates."""
        mu = build.hyper("mu", self.mu or build.default("mu"))
        tau = build.hyper("tau", self.tau or build.default("tau"))
        centres = [mu] * len(history)
        for name, value in self.trial.items():
            slope = build.hyper(f"slope_{name}", self.slope)
            steps = _standardised(name, [_covariate(arm, name) for arm in history], value)
            centres = [c + slope * step for c, step in zip(centres, steps, strict=True)]
        for arm, centre in zip(history, centres, strict=True):
            build.observe(build.rate(arm.label, centre, tau), arm)
        return build.rate("control", mu, tau)


def _covariate(arm: Arm, name: str) -> float:
    """An arm's covariate."""
    values = dict(arm.covariates)
    if name not in values:
        known = ", ".join(values) or "none"
        raise ValueError(f"{arm.label}: no covariate {name!r}; the arm has {known}")
    return values[name]


def _standardised(name: str, values: Sequence[float], trial: float) -> list[float]:
    """Distances from the trial's value in standard deviations between arms."""
    spread = float(np.std(values))
    if spread == 0:
        raise ValueError(f"covariate {name!r} is {values[0]:g} in every arm; nothing to adjust for")
    return [(value - trial) / spread for value in values]
