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
    log_rate, log_complement : ndarray, shape (Q,)
        log(rate) and log(1 - rate), both, so that rates next to 0 and to 1 keep their digits.

    Returns
    -------
    ndarray, shape (n + 1, Q)
    """
    logs = np.stack([log_rate, log_complement, np.ones_like(log_rate)])
    y, a, b = np.arange(n, dtype=float), prior.a[:, None], prior.b[:, None]
    constant = gammaln(a + b + n) - gammaln(a + y + 1) - gammaln(b + n - y)
    tails = np.empty((len(a), n + 1, len(log_rate)))
    tails[:, 0] = _tail_without_successes(a, b + n, log_rate, log_complement)
    np.matmul(np.stack([a + y, b + n - 1 - y, constant], axis=-1), logs, out=tails[:, 1:])
    np.exp(tails[:, 1:], out=tails[:, 1:])
    np.cumsum(tails, axis=1, out=tails)
    if len(a) > 1:
        weights = prior.update(np.arange(n + 1), n).weights
        return np.minimum(np.einsum("yk,kyq->yq", weights, tails), 1.0)
    return np.minimum(tails[0], 1.0, out=tails[0])


def _tail_without_successes(
    a: NDArray, b: NDArray, log_rate: NDArray, log_complement: NDArray
) -> NDArray:
    """P(theta > rate) of a Beta(a, b), to rounding; also where a rate underflows."""
    if min(log_rate.min(), log_complement.min()) > LOWEST_LOG:
        return 1 - betainc(a, b, np.exp(log_rate))
    return beta_functions.tails_at_logit(a, b, log_rate - log_complement)[1]
