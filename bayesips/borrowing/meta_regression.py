"""MAP with arm covariates (meta-regression): history moved to the trial's own kind of patients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from bayesips.borrowing.method import Build, NumberPerName
from bayesips.distributions.kinds import MeanPrior, SpreadPrior
from bayesips.distributions.settings import check_settings
from bayesips.errors import Refused, listed, near_miss
from bayesips.evidence.arm import Arm

# Of the largest: what a direction of collinear covariates keeps by rounding.
SAME = 1e-9


@dataclass(frozen=True)
class MetaRegression:
    """Every arm Normal around mu + slopes times (its covariates - the trial's).

    By NUTS only: the exact engine refuses centres that are sums of unknowns.

    Parameters
    ----------
    trial : mapping of str to float
        The trial's own value of each covariate to adjust for (landmark class, era, steroid
        status, ...); every arm must have them in `Arm.covariates`. Without any, of arms without
        covariates, it is the MAP. Only distances from these values enter: a covariate's origin
        and unit do not matter.
    slope : prior
        Prior of each slope, on the link scale, per standard deviation of the covariate between
        arms.
    mu, tau : prior
        Mean at the trial's covariates, and sd between arms. None: the endpoint's defaults.

    Raises
    ------
    Refused
        If a value of the trial's is no finite number; with arms, if they have covariates and the
        trial has none, an arm lacks a covariate, or covariates do not vary over the arms or are
        collinear: the slopes would be their priors.

    References
    ----------
    Thompson SG, Higgins JPT (2002), Stat Med 21:1559-73, doi:10.1002/sim.1187.
    Schmidli H et al. (2014), Biometrics 70:1023-32, doi:10.1111/biom.12242.
    """

    trial: NumberPerName = field(default_factory=dict, hash=False)
    slope: MeanPrior = ("normal", 0, 1)
    mu: MeanPrior | None = None
    tau: SpreadPrior | None = None

    title: ClassVar[str] = "MAP with arm covariates"
    stated: ClassVar[tuple[str, ...]] = ("trial",)

    def __post_init__(self) -> None:
        check_settings(self)

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
            One fault where arms have covariates and the trial none; one for each covariate that no
            arm has, that an arm lacks, or that does not vary; else one for covariates that are
            collinear.
        """
        if why := self._silent_about(history):
            yield "trial", why
        for why in _covariate_faults(self.trial, history):
            yield "covariates", why

    def _silent_about(self, history: Sequence[Arm]) -> str:
        """Which covariates of the arms would be passed over; empty where the trial has values."""
        known = dict.fromkeys(name for arm in history for name, _ in arm.covariates)
        if self.trial or not known:
            return ""
        return (
            f"the arms have covariates {listed(known)}; the trial's value of each that is to be "
            "adjusted for is required, as trial = { name = value } (without adjustment, use map)"
        )

    def tell(self, build: Build, history: Sequence[Arm]) -> Any:
        """The control rate: exchangeable once moved to the trial's covariates."""
        if why := self._silent_about(history):
            raise Refused(f"trial: {why}")
        mu = build.hyper("mu", self.mu or build.default("mu"))
        tau = build.hyper("tau", self.tau or build.default("tau"))
        centres = [mu] * len(history)
        table = {name: [_covariate(arm, name) for arm in history] for name in self.trial}
        for fault in _unlearnable(table):
            raise Refused(fault)
        for name, value in self.trial.items():
            slope = build.hyper(f"slope_{name}", self.slope)
            steps = (np.array(table[name]) - value) / np.std(table[name])
            centres = [c + slope * float(step) for c, step in zip(centres, steps, strict=True)]
        for arm, centre in zip(history, centres, strict=True):
            build.observe(build.rate(arm.label, centre, tau), arm)
        return build.rate("control", mu, tau)


def _covariate_faults(trial: Mapping[str, float], arms: Sequence[Arm]) -> Iterator[str]:
    """One fault for each covariate that cannot be used, else one for those that are collinear."""
    known = tuple(dict.fromkeys(name for arm in arms for name, _ in arm.covariates))
    table = {}
    for name in trial:
        lacking = [arm for arm in arms if name not in dict(arm.covariates)]
        if arms and len(lacking) == len(arms):
            yield (
                f"no arm has a covariate {name!r}{near_miss(name, known)}; "
                f"the arms have {listed(known) or 'none'}"
            )
        elif lacking:
            yield _lacks(lacking[0], name)
        else:
            table[name] = [_covariate(arm, name) for arm in arms]
    if arms:
        yield from _unlearnable(table)


def _covariate(arm: Arm, name: str) -> float:
    """An arm's covariate."""
    values = dict(arm.covariates)
    if name not in values:
        raise Refused(_lacks(arm, name))
    if not np.isfinite(values[name]):
        raise Refused(f"{arm.label}: covariate {name!r} is {values[name]}; it must be finite")
    return values[name]


def _lacks(arm: Arm, name: str) -> str:
    """That an arm lacks a covariate."""
    known = ", ".join(dict(arm.covariates)) or "none"
    return f"{arm.label}: no covariate {name!r}; the arm has {known}"


def _unlearnable(table: Mapping[str, Sequence[float]]) -> Iterator[str]:
    """Why slopes cannot be learned from the arms' values, by covariate."""
    for name, values in table.items():
        if not values:
            yield f"no arms from which to learn the slope of covariate {name!r}"
        elif len(set(values)) == 1:  # their sd may be a rounding error
            yield f"covariate {name!r} is {values[0]:g} in every arm; nothing to adjust for"
    joined = _collinear({name: values for name, values in table.items() if len(set(values)) > 1})
    if joined:
        arms = len(table[joined[0]])
        yield (
            f"covariates {listed(joined, ' and ')} are collinear over the {arms} arms "
            "(each follows from the others): their slopes cannot be separated; leave one out"
        )


def _collinear(table: Mapping[str, Sequence[float]]) -> list[str]:
    """Covariates of which each follows from the others, over the arms."""
    if len(table) < 2:  # noqa: PLR2004  one that varies is not collinear
        return []
    columns = np.transpose([(np.array(v) - np.mean(v)) / np.std(v) for v in table.values()])
    _, sizes, directions = np.linalg.svd(columns)
    idle = directions[np.sum(sizes > SAME * sizes[0]) :]
    return [name for name, part in zip(table, idle.T, strict=True) if np.any(np.abs(part) > SAME)]
