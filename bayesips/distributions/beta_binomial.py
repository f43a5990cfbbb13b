"""Beta-binomial mixtures: the number of successes that a Beta mixture predicts."""

import numpy as np
from numpy.typing import NDArray

from bayesips.distributions import arguments, beta_functions
from bayesips.distributions.counts import CountTable


def beta_binomial_mixture(weights: NDArray, a: NDArray, b: NDArray, n: int) -> CountTable:
    """Predictive distribution of the successes among n patients.

    Parameters
    ----------
    weights, a, b : array, (*batch, components)
        The Beta mixture of the rate.
    n : int
        Number of new patients.
    """
    n = arguments.checked_size(n)
    successes = np.arange(n + 1.0)[:, None]
    a, b = a[..., None, :], b[..., None, :]
    log_choices = -beta_functions.log_beta(successes + 1, n - successes + 1) - np.log1p(n)
    log_marginal = beta_functions.log_beta_ratio(a, b, successes, n - successes)
    with np.errstate(divide="ignore"):
        terms = np.log(weights)[..., None, :] + log_marginal + log_choices
    return CountTable(np.logaddexp.reduce(terms, axis=-1))
