"""Empirical Bayes power prior (Gravestock & Held 2017): what predicts the controls best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.polynomial import Chebyshev

from bayesips.borrowing.method import Adapted, PriorOf
from bayesips.borrowing.pooled import Pooled
from bayesips.borrowing.power import Power
from bayesips.distributions.kinds import Positive
from bayesips.distributions.settings import check_settings
from bayesips.evidence.arm import Arm

# Places of each look, and looks: each narrows the range 16-fold, the last to 1e-8.
PLACES, LOOKS = 33, 7
# An interpolation has this degree, and is used where half of it comes so near: its own error is
# then about the square of that.
NODES, SHARP = 64, 1e-6
# Roots with so small an imaginary part are real.
REAL = 1e-9


@dataclass(frozen=True)
class EmpiricalPower:
    """Power prior whose common a0 maximises the marginal likelihood of the concurrent controls.

    Parameters
    ----------
    a, b : float
        Shapes of the initial prior.

    Notes
    -----
    The controls are used twice, for a0 and for the posterior; operating characteristics, not
    calibration, say what that costs.

    References
    ----------
    Gravestock I, Held L (2017), Pharm Stat 16:349-60, doi:10.1002/pst.1814.
    """

    a: Positive = 1.0
    b: Positive = 1.0

    title: ClassVar[str] = "empirical Bayes power prior"

    def __post_init__(self) -> None:
        check_settings(self)

    def in_full(self) -> Pooled:
        """History pooled, nothing discounted."""
        return Pooled(self.a, self.b)

    def adapt(self, arms: Sequence[Arm], concurrent: Arm, prior_of: PriorOf) -> Adapted:
        """A power prior with the discount under which these controls were most likely."""
        del arms

        def marginal(discounts: np.ndarray) -> np.ndarray:
            prior = prior_of(Power(discounts, self.a, self.b))
            return prior.predictive(concurrent.n).logpmf(concurrent.successes)

        discount = _highest(marginal)
        return Adapted(Power(discount, self.a, self.b), None, discount)


def _highest(function: Callable[[np.ndarray], np.ndarray]) -> float:
    """Where a function on [0, 1] is largest, its two ends among the places looked at.

    Looked up in an interpolation in the root of a0, where one is sharp, so that every count of
    the controls asks for the same places; else looked for ever more closely.
    """
    whole = Chebyshev.interpolate(lambda root: function(root**2), NODES, domain=(0.0, 1.0))
    half = Chebyshev.interpolate(whole, NODES // 2, domain=(0.0, 1.0))
    roots = np.linspace(0.0, 1.0, 10 * NODES)
    if np.max(np.abs(whole(roots) - half(roots))) < SHARP:
        turns = whole.deriv().roots()
        real = turns.real[(np.abs(turns.imag) < REAL) & (turns.real > 0) & (turns.real < 1)]
        places = np.array([0.0, *real, 1.0])
        return float(places[np.argmax(whole(places))] ** 2)
    return _closed_in(function)


def _closed_in(function: Callable[[np.ndarray], np.ndarray]) -> float:
    """Discount of largest marginal likelihood, by grids that narrow the range."""
    low, high, best = 0.0, 1.0, 0.0
    for _ in range(LOOKS):
        places = np.linspace(low, high, PLACES)
        best = float(places[np.argmax(function(places))])
        step = (high - low) / (PLACES - 1)
        low, high = max(0.0, best - step), min(1.0, best + step)
    return best
