"""Predictive probability of success at the end of a trial, for one arm and for two."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesips.designs.arm_analysis import ArmAnalysis, Prior
from bayesips.designs.binomial import check_size
from bayesips.designs.rule import Rule
from bayesips.designs.single_arm import SingleArmDesign
from bayesips.designs.two_arm import TwoArmDesign
from bayesips.distributions.any_distribution import Distribution
from bayesips.errors import Refused


def predictive_probability(
    successes: ArrayLike, n: int, n_max: int, prior: Distribution, rule: Rule
) -> NDArray:
    """P(the rule is met at n_max | successes so far), one arm.

    Parameters
    ----------
    successes : array_like of int
        Successes among the first n, any shape.
    n, n_max : int
        Patients so far and at the end.
    prior : distribution
        Of the rate, for the prediction and for the analysis at the end.
    rule : Rule
        Of success at n_max, on the rate.

    Raises
    ------
    Refused
        If successes exceed n, or n exceeds n_max.

    References
    ----------
    Lee JJ, Liu DD (2008). A predictive probability design for phase II cancer clinical trials.
    Clinical Trials 5:93-106.
    """
    design = SingleArmDesign(n_max, prior, rule)
    table = predictive_table(prior, n, n_max) @ design.decisions().astype(float)
    return table[_index(successes, n, "successes")]


def predictive_probability_two_arm(
    successes: tuple[ArrayLike, ArrayLike],
    n: tuple[int, int],
    design: TwoArmDesign,
) -> NDArray:
    """P(the rule of a two-arm design is met at its end | successes so far).

    Parameters
    ----------
    successes : (treated, control)
        Successes so far in each arm, broadcast against each other.
    n : (treated, control)
        Patients so far.
    design : TwoArmDesign
        The trial at its end.

    Raises
    ------
    Refused
        If successes exceed patients, or patients exceed the design.
    """
    table = two_arm_predictive_table(design, *n)
    treated = _index(successes[0], n[0], "treated successes")
    control = _index(successes[1], n[1], "control successes")
    return table[treated, control]


def two_arm_predictive_table(design: TwoArmDesign, n_treated: int, n_control: int) -> NDArray:
    """P(the rule is met at the end) for every outcome so far, (n_treated + 1, n_control + 1)."""
    treated = predictive_table(design.prior_treated, n_treated, design.n_treated)
    control = predictive_table(design.prior_control, n_control, design.n_control)
    return treated @ design.decisions().astype(float) @ control.T


def predictive_table(prior: Prior, n: int, n_max: int) -> NDArray:
    """P(z successes at n_max | y at n): shape (n + 1, n_max + 1)."""
    check_size(n, "n", 0)
    check_size(n_max, "n_max", 0)
    if n > n_max:
        raise Refused(f"n is {n}, more than the {n_max} patients of the whole trial")
    if n == n_max:
        return np.eye(n + 1)
    further = np.arange(n_max - n + 1)
    pmf = ArmAnalysis(prior, n).posteriors.predictive(n_max - n).pmf(further[:, None])
    table = np.zeros((n + 1, n_max + 1))
    so_far = np.arange(n + 1)
    table[so_far, so_far + further[:, None]] = pmf
    return table


def _index(successes: ArrayLike, n: int, name: str) -> NDArray:
    """Counts usable as an index, refused outside 0..n."""
    counts = np.asarray(successes)
    if not np.all((counts >= 0) & (counts <= n) & (counts == np.floor(counts))):
        raise Refused(f"{name} are {successes!r}; allowed are whole numbers, 0 to {n}")
    return counts.astype(int)
