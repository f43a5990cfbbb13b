"""How a two-arm design estimates the effect: bias, mean squared error, coverage, borrowing."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesips.designs.binomial import expectation
from bayesips.designs.comparison import Comparison
from bayesips.designs.superiority import superiority_table
from bayesips.designs.two_arm import TwoArmDesign


def effect_estimates(design: TwoArmDesign) -> NDArray:
    """Posterior mean difference of every outcome, shape (n_treated + 1, n_control + 1)."""
    treated = np.asarray(design.treated.posteriors.mean())
    return treated[:, None] - np.asarray(design.controls.mean())


def effect_bias(design: TwoArmDesign, rate_treated: ArrayLike, rate_control: ArrayLike) -> NDArray:
    """Expected posterior mean difference minus the true difference, broadcast."""
    true = np.subtract(rate_treated, rate_control)
    return design.expectation(effect_estimates(design), rate_treated, rate_control) - true


def effect_mean_squared_error(
    design: TwoArmDesign, rate_treated: ArrayLike, rate_control: ArrayLike
) -> NDArray:
    """Of the posterior mean difference about the true difference, broadcast."""
    true, estimates = np.subtract(rate_treated, rate_control), effect_estimates(design)
    first = design.expectation(estimates, rate_treated, rate_control)
    second = design.expectation(estimates**2, rate_treated, rate_control)
    return second - 2 * true * first + true**2


def effect_coverage(
    design: TwoArmDesign, rate_treated: float, rate_control: float, probability: float = 0.95
) -> float:
    """P(the equal-tailed posterior interval of the difference holds the true difference).

    The interval holds a value if the posterior probability of a larger one lies between its two
    tails, so no quantile is computed.
    """
    true = Comparison(rate_treated - rate_control, "difference")
    above = superiority_table(design.treated, design.control, true).above
    tail = (1 - probability) / 2
    held = (above >= tail) & (above <= 1 - tail)
    return float(design.expectation(held, rate_treated, rate_control))


def realised_borrowing(design: TwoArmDesign) -> NDArray:
    """Patients that history is worth after each control outcome, shape (n_control + 1,).

    Size of the Beta distribution with the posterior's mean and standard deviation, less the
    concurrent controls themselves (and so including what a vague prior is worth).
    """
    mean, sd = np.asarray(design.controls.mean()), np.asarray(design.controls.std())
    return mean * (1 - mean) / sd**2 - 1 - design.n_control


def expected_borrowing(design: TwoArmDesign, rate_control: ArrayLike) -> NDArray:
    """Expected realised borrowing at true control rates, in patients."""
    return expectation(realised_borrowing(design), rate_control)
