"""Exact binomial inference without a prior: Clopper-Pearson interval and one-sided test."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from bayesips.distributions.arguments import checked_counts


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
    ValueError
        For impossible counts or an impossible level.
    """
    if not 0 < level < 1:
        raise ValueError(f"a confidence level lies between 0 and 1, not {level}")
    successes, n = np.broadcast_arrays(*(np.asarray(x) for x in _counts(successes, n)))
    failures, tail = n - successes, (1 - level) / 2
    lower = special.betaincinv(np.maximum(successes, 1), failures + 1, tail)
    # The upper limit as one minus the lower limit of the failures keeps a small tail exact.
    upper = 1 - special.betaincinv(np.maximum(failures, 1), successes + 1, tail)
    return np.where(successes > 0, lower, 0.0)[()], np.where(failures > 0, upper, 1.0)[()]


def binomial_tail(successes: ArrayLike, n: ArrayLike, rate: ArrayLike) -> NDArray:
    """P(at least `successes` of n) when the rate is `rate`: the exact one-sided p-value.

    Raises
    ------
    ValueError
        For impossible counts or a rate outside [0, 1].
    """
    rate = np.asarray(rate, float)
    if not np.all((rate >= 0) & (rate <= 1)):
        raise ValueError(f"a rate lies between 0 and 1, not {rate}")
    successes, n = _counts(successes, n)
    tail = special.betainc(np.maximum(successes, 1), n - successes + 1, rate)
    return np.where(successes > 0, tail, 1.0)[()]


def _counts(successes: ArrayLike, n: ArrayLike) -> tuple[NDArray, NDArray]:
    """Checked counts without an axis for components."""
    successes, n = checked_counts(np.asarray(successes), np.asarray(n))
    return successes[..., 0], n[..., 0]
