"""Empirical Bayes power prior (Gravestock & Held 2017): what predicts the controls best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from bayesips.arm import Arm
from bayesips.borrowing.method import Adapted, PriorOf
from bayesips.borrowing.power import Power

# Places of each look, and looks: each narrows the range 16-fold, the last to 1e-8.
PLACES, LOOKS = 33, 7


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

    a: Any = 1.0
    b: Any = 1.0

    title: ClassVar[str] = "empirical Bayes power prior"

    def adapt(self, arms: Sequence[Arm], concurrent: Arm, prior_of: PriorOf) -> Adapted:
        """A power prior with the discount under which these controls were most likely."""
        del arms

        def marginal(discounts: np.ndarray) -> np.ndarray:
            prior = prior_of(Power(discounts, self.a, self.b))
            return prior.predictive(concurrent.n).logpmf(concurrent.successes)

        discount = _highest(marginal)
        return Adapted(Power(discount, self.a, self.b), None, discount)


def _highest(function: Callable[[np.ndarray], np.ndarray]) -> float:
    """Where a function on [0, 1] is largest, its two ends among the places looked at."""
    low, high, best = 0.0, 1.0, 0.0
    for _ in range(LOOKS):
        places = np.linspace(low, high, PLACES)
        best = float(places[np.argmax(function(places))])
        step = (high - low) / (PLACES - 1)
        low, high = max(0.0, best - step), min(1.0, best + step)
    return best
