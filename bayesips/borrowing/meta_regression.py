"""MAP with arm covariates (meta-regression): history moved to the trial's own kind of patients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from bayesips.arm import Arm
from bayesips.borrowing.method import Build, NumberPerName, check_mean_and_spread
from bayesips.faults import listed, near_miss
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

    trial: NumberPerName = field(default_factory=dict, hash=False)
    slope: tuple[Any, ...] = ("normal", 0, 1)
    mu: tuple[Any, ...] | None = None
    tau: tuple[Any, ...] | None = None

    title: ClassVar[str] = "MAP with arm covariates"

    def __post_init__(self) -> None:
        Prior.parse(self.slope).within(REAL, "slope")
        check_mean_and_spread(self.mu, self.tau)

    @property
    def lacks(self) -> str:
        """What must be declared before it says anything that the MAP does not."""
        return "" if self.trial else "needs the trial's covariates; without them it is the MAP"

    def misfits(self, history: Sequence[Arm]) -> Iterator[tuple[str, str]]:
        """Why arms cannot be adjusted for the trial's covariates.

        Parameters
        ----------
        history : sequence of Arm

        Yields
        ------
        (str, str)
            One fault for each covariate that no arm has, that an arm lacks, or that does not vary.
        """
        for why in _covariate_faults(self.trial, history):
            yield "covariates", why

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


def _covariate_faults(trial: Mapping[str, float], arms: Sequence[Arm]) -> Iterator[str]:
    """Faults of covariates that no arm has, that an arm lacks, or that do not vary."""
    known = tuple(dict.fromkeys(name for arm in arms for name, _ in arm.covariates))
    for name in trial:
        lacking = [arm for arm in arms if name not in dict(arm.covariates)]
        values = {dict(arm.covariates).get(name) for arm in arms}
        if arms and len(lacking) == len(arms):
            yield (
                f"no arm has a covariate {name!r}{near_miss(name, known)}; "
                f"the arms have {listed(known) or 'none'}"
            )
        elif lacking:
            yield _lacks(lacking[0], name)
        elif len(values) == 1:
            yield _constant(name, values.pop())


def _covariate(arm: Arm, name: str) -> float:
    """An arm's covariate."""
    values = dict(arm.covariates)
    if name not in values:
        raise ValueError(_lacks(arm, name))
    return values[name]


def _lacks(arm: Arm, name: str) -> str:
    """That an arm lacks a covariate."""
    known = ", ".join(dict(arm.covariates)) or "none"
    return f"{arm.label}: no covariate {name!r}; the arm has {known}"


def _constant(name: str, value: Any) -> str:
    """That there is nothing to learn a slope from."""
    return f"covariate {name!r} is {value:g} in every arm; nothing to adjust for"


def _standardised(name: str, values: Sequence[float], trial: float) -> list[float]:
    """Distances from the trial's value in standard deviations between arms."""
    spread = float(np.std(values))
    if spread == 0:
        raise ValueError(_constant(name, values[0]))
    return [(value - trial) / spread for value in values]
