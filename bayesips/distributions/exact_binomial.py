"""Exact binomial inference without a prior: Clopper-Pearson interval and one-sided test."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from bayesips.distributions.arguments import checked_counts
from bayesips.errors import Refused


def clopper_pearson(
    successes: ArrayLike, n: ArrayLike, level: float = 0.95
) -> tuple[NDArray, NDArray]:
    """Exact equal-tailed confidence interval of a rate (Clopper & Pearson 1934).

    Parameters
    ----------
    successes, n : array_like
        Counts, which broadcast against each other.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    lower, upper : array
        Exactly 0 without successes and exactly 1 without failures.

    Raises
    ------
    Refused
        For impossible counts or an impossible level.
    """
    if not 0 < level < 1:
        raise Refused(f"a confidence level lies between 0 and 1, not {level}")
    alive, size = np.broadcast_arrays(*_counts(successes, n))
    dead, tail = size - alive, (1 - level) / 2
    lower = special.betaincinv(np.maximum(alive, 1), dead + 1, tail)
    # The upper limit as one minus the lower limit of the failures keeps a small tail exact.
    upper = 1 - special.betaincinv(np.maximum(dead, 1), alive + 1, tail)
    return np.where(alive > 0, lower, 0.0)[()], np.where(dead > 0, upper, 1.0)[()]


def binomial_tail(successes: ArrayLike, n: ArrayLike, rate: ArrayLike) -> NDArray:
    """P(at least `successes` of n) when the rate is `rate`: the exact one-sided p-value.

    Raises
    ------
    Refused
        For impossible counts or a rate outside [0, 1].
    """
    null = np.asarray(rate, float)
    if not np.all((null >= 0) & (null <= 1)):
        raise Refused(f"a rate lies between 0 and 1, not {null}")
    alive, size = _counts(successes, n)
    tail = special.betainc(np.maximum(alive, 1), size - alive + 1, null)
    return np.where(alive > 0, tail, 1.0)[()]


def _counts(successes: ArrayLike, n: ArrayLike) -> tuple[NDArray, NDArray]:
    """Checked counts without an axis for components."""
    checked = checked_counts(np.asarray(successes), np.asarray(n))
    return checked[0][..., 0], checked[1][..., 0]
