"""Elastic prior (Jiang et al. 2023): history shrinks as its distance from the controls grows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from scipy import special

from bayesips.borrowing.method import Adapted, PriorOf
from bayesips.borrowing.pooled import Pooled
from bayesips.borrowing.power import Power
from bayesips.distributions.kinds import Number, Positive
from bayesips.distributions.ranges import INSIDE
from bayesips.distributions.settings import check_settings
from bayesips.errors import Refused
from bayesips.evidence.arm import Arm


@dataclass(frozen=True)
class Elastic:
    """Power prior with a0 = g(T) = 1 / (1 + exp(c + d log T)), T the distance of the controls.

    T is the squared standardised difference between the controls' rate and history's. The two
    constants are set before the controls are seen: g is `near` at the median of T if the
    controls' true rate is history's, and `far` at the median of T if it is `delta` away (on the
    side that is harder to distinguish), both medians exact over all outcomes.

    Parameters
    ----------
    delta : float
        Clinically relevant difference of rates; it must be stated.
    near, far : float
        The two values of g.
    a, b : float
        Shapes of the initial prior.

    Notes
    -----
    The paper scales the shapes of history's Beta posterior by g; here g is the power of history's
    likelihood, so that the initial prior stays whole where nothing is borrowed.

    References
    ----------
    Jiang L, Nie L, Yuan Y (2023), Biometrics 79:49-60, doi:10.1111/biom.13551.
    """

    delta: Annotated[float, Number(INSIDE)]
    near: Annotated[float, Number(INSIDE)] = 0.99
    far: Annotated[float, Number(INSIDE)] = 0.01
    a: Positive = 1.0
    b: Positive = 1.0

    title: ClassVar[str] = "elastic prior"

    def __post_init__(self) -> None:
        check_settings(self)
        if not self.far < self.near:
            raise Refused(f"far is {self.far}, near {self.near}; allowed is 0 < far < near < 1")

    def in_full(self) -> Pooled:
        """History pooled, nothing discounted."""
        return Pooled(self.a, self.b)

    def adapt(self, arms: Sequence[Arm], concurrent: Arm, prior_of: PriorOf) -> Adapted:
        """A power prior with the discount at this distance."""
        del arms
        history = prior_of(self.in_full())
        mean, variance = float(history.mean()), float(history.std()) ** 2
        distances = _distances(mean, variance, concurrent.n)
        discount = self._elastic(distances, mean)[concurrent.successes]
        return Adapted(Power(float(discount), self.a, self.b), None, float(discount))

    def _elastic(self, distances: np.ndarray, mean: float) -> np.ndarray:
        """The discount for every outcome."""
        n = len(distances) - 1
        close = _median(distances, n, mean)
        sides = [rate for rate in (mean - self.delta, mean + self.delta) if 0 <= rate <= 1]
        apart = min((_median(distances, n, rate) for rate in sides), default=np.inf)
        if not apart > close:
            raise Refused(
                f"{n} concurrent controls cannot distinguish a rate {self.delta} away from "
                f"history's {mean:.3g}; the elastic prior needs more of them or a larger delta"
            )
        if not np.isfinite(apart):
            raise Refused(f"delta is {self.delta}; no rate is that far from {mean:.3g}")
        slope = (special.logit(self.near) - special.logit(self.far)) / np.log(apart / close)
        with np.errstate(divide="ignore"):
            return special.expit(special.logit(self.near) - slope * np.log(distances / close))


def _distances(mean: float, variance: float, n: int) -> np.ndarray:
    """Squared standardised difference from history's rate of every outcome 0..n."""
    rates = np.arange(n + 1) / n
    pooled = variance + mean * (1 - mean) / n
    return (rates - mean) ** 2 / pooled


def _median(distances: np.ndarray, n: int, rate: float) -> float:
    """Median of the distance if the controls' true rate is `rate`; never the distance 0."""
    outcomes = np.arange(n + 1)
    logs = special.xlogy(outcomes, rate) + special.xlog1py(n - outcomes, -rate)
    logs = logs - special.betaln(outcomes + 1, n - outcomes + 1)
    order = np.argsort(distances)
    mass = np.cumsum(np.exp(logs - logs.max())[order])
    found = distances[order][np.searchsorted(mass, mass[-1] / 2)]
    return float(max(found, distances[distances > 0].min()))
