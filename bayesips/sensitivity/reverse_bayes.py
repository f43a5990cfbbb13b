"""Reverse Bayes: the sceptic who would just not be convinced (Held et al. 2022)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from bayesips.declare.model import Model
from bayesips.distributions import BetaMixture
from bayesips.distributions.effects.effect import Effect
from bayesips.errors import Refused
from bayesips.sensitivity.solutions import Solutions

NOTHING_TO_REMOVE = "no claim to remove"
# Sizes of the sceptical prior between which it is sought, and steps of the first look.
SMALLEST, LARGEST, LOOKS = 1e-6, 1e6, 241


@dataclass(frozen=True)
class Sceptic:
    """The weakest sceptical prior that removes a claim.

    Attributes
    ----------
    n : float
        Size a + b of the prior of the treated rate; NaN where there is no such prior.
    mean : float
        Its centre: the control's mean.
    a, b : float
        Its shapes.
    text : str
        What it says, or why there is none.
    """

    n: float
    mean: float
    text: str

    @property
    def a(self) -> float:
        """First shape."""
        return self.mean * self.n

    @property
    def b(self) -> float:
        """Second shape."""
        return (1 - self.mean) * self.n


def sceptical_prior(model: Model, *, solutions: Solutions | None = None) -> Sceptic:
    """The smallest n of a Beta prior of the treated rate, centred at E[control], without a claim.

    The claim is the first decision. The prior replaces the model's own prior of the treated rate;
    the control keeps its distribution. `solutions` may hold histories that other analyses of the
    model have solved.

    References
    ----------
    Held L, Matthews R, Ott M, Pawel S (2022), Res Synth Methods 13:295-314,
    doi:10.1002/jrsm.1538.
    """
    control, first = (solutions or Solutions()).control(model), model.decisions[0]
    mean = float(control.mean())
    if not first.met(model.effect(control).probability(first.margin)):
        return Sceptic(np.nan, mean, NOTHING_TO_REMOVE)

    def excess(log_n: float) -> float:
        """By how much a sceptic of this size is still convinced."""
        prior = BetaMixture.from_mean_n(mean, np.exp(log_n))
        treated = prior.update(model.treated.successes, model.treated.n)
        return float(first.excess(Effect(treated, control, model.scale).probability(first.margin)))

    n = _first_fall(excess)
    if not np.isfinite(n):
        return Sceptic(np.nan, mean, f"no prior centred at {mean:.3g} removes the claim")
    return Sceptic(n, mean, f"a prior worth {n:.3g} patients centred at {mean:.3g} removes it")


def _first_fall(excess: Callable[[float], float]) -> float:
    """Smallest size at which a convinced sceptic is convinced no longer; NaN for none."""
    looks = np.linspace(np.log(SMALLEST), np.log(LARGEST), LOOKS)
    before = looks[0]
    for look in looks:
        if excess(look) <= 0:
            if look == before:
                return SMALLEST
            return float(np.exp(optimize.brentq(excess, before, look, xtol=1e-13, rtol=1e-13)))
        before = look
    return float("nan")


def scepticism_limit(low: float, high: float) -> float:
    """Matthews' scepticism limit of a confidence interval of a log odds ratio.

    SL = (U - L)^2 / (4 sqrt(U L)): a Normal prior around no effect whose 95 % range is within
    +-SL makes a significant result not credible.

    Raises
    ------
    Refused
        If the interval holds no effect: there is no claim to remove.

    References
    ----------
    Matthews RAJ (2018), R Soc Open Sci 5:171047, doi:10.1098/rsos.171047.
    """
    if not low < high:
        raise Refused(f"an interval runs from low to high; got {low} to {high}")
    if low * high <= 0:
        raise Refused(f"{NOTHING_TO_REMOVE}: the interval from {low} to {high} holds no effect")
    return float((high - low) ** 2 / (4 * np.sqrt(high * low)))
