"""Upper tails of a conjugate posterior for every outcome at once, by a recurrence."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, gammaln

from bayesips.distributions import BetaMixture, beta_functions

LOWEST_LOG = -30.0  # below it a rate or its complement is lost in a double near 0 or 1


def upper_tails(prior: BetaMixture, n: int, log_rate: NDArray, log_complement: NDArray) -> NDArray:
    """P(theta > rate | y successes among n) for y = 0..n.

    One incomplete beta function per rate and component; every further outcome adds a positive
    term (DLMF 8.17.18), so nothing cancels.

    Parameters
    ----------
    prior : BetaMixture
        A single one.
    n : int
        Patients.
    log_rate, log_complement : ndarray, shape (...,)
        log(rate) and log(1 - rate), both, so that rates next to 0 and to 1 keep their digits.

    Returns
    -------
    ndarray, shape (n + 1, ...)
    """
    weights = prior.update(np.arange(n + 1), n).weights
    a, b = (shapes.reshape(-1, 1, *(1,) * log_rate.ndim) for shapes in (prior.a, prior.b))
    outcomes = np.arange(n, dtype=float).reshape(-1, *(1,) * log_rate.ndim)
    constant = gammaln(a + b + n) - gammaln(a + outcomes + 1) - gammaln(b + n - outcomes)
    terms = (a + outcomes) * log_rate
    terms += (b + n - 1 - outcomes) * log_complement
    terms += constant
    np.exp(terms, out=terms)
    least = _tail_without_successes(a, b + n, log_rate, log_complement)
    tails = np.concatenate([least, terms], axis=1)
    np.cumsum(tails, axis=1, out=tails)
    return np.minimum(np.einsum("yk,ky...->y...", weights, tails), 1.0)


def _tail_without_successes(
    a: NDArray, b: NDArray, log_rate: NDArray, log_complement: NDArray
) -> NDArray:
    """P(theta > rate) of a Beta(a, b), to rounding; also where a rate underflows."""
    if np.min([log_rate, log_complement]) > LOWEST_LOG:
        return 1 - betainc(a, b, np.exp(log_rate))
    return beta_functions.tails_at_logit(a, b, log_rate - log_complement)[1]
