"""Quantiles of Beta mixtures on the log odds, where even the tiniest rate keeps its digits."""

import numpy as np
from scipy import special

from bayesips.distributions import beta_functions

TOLERANCE = 2e-14  # of the log odds, hence of the rate and of its complement
ROUNDING = 2e-17  # of the rate: near 1 it cannot be told more finely
FARTHEST = 1e6  # log odds
MAX_STEPS = 200
MARGIN = 1e-6  # by which the quantiles of the components are pushed outwards to make a bracket
TINY, CLOSE = 1e-290, 1e-3  # rates below and above which components' quantiles go by logs


def beta_mixture_ppf(weights, a, b, q):
    """Rates at which the cdf of the mixtures (*batch, components) reaches q (broadcast)."""
    shape = np.broadcast_shapes(q.shape, a.shape[:-1])
    q = np.broadcast_to(q, shape)
    inside = (q > 0) & (q < 1)
    full = (*shape, a.shape[-1])
    parameters = [np.broadcast_to(x, full)[inside] for x in (weights, a, b)]
    result = np.where(q == 1, 1.0, np.where(q == 0, 0.0, np.nan))
    result[inside] = special.expit(_solve(*parameters, q[inside]))
    return result if result.ndim else result[()]


def _solve(weights, a, b, q):
    """Log odds of the quantiles by Newton's method on the logit of the cdf, safeguarded.

    That function is close to linear in each tail; on the plateau between components that stand
    far apart its slope vanishes, and the bracket is halved instead.
    """
    low, high, log_odds = _bracket(weights, a, b, q)
    previous = high - low
    target = special.logit(q)
    for _ in range(MAX_STEPS):
        value, slope = _logit_cdf(weights, a, b, log_odds)
        above = value >= target
        high, low = np.where(above, log_odds, high), np.where(above, low, log_odds)
        with np.errstate(all="ignore"):
            step = (target - value) / slope
        middle, proposal = (low + high) / 2, log_odds + step
        poor = ~((proposal >= low) & (proposal <= high) & (np.abs(step) <= previous / 2))
        proposal = np.where(poor, middle, proposal)
        previous = np.where(poor, (high - low) / 2, np.abs(step))
        change, log_odds = np.abs(proposal - log_odds), proposal
        enough = TOLERANCE * (1 + np.abs(log_odds)) + ROUNDING * (1 + np.exp(np.minimum(log_odds, 40)))
        if np.all((change <= enough) | (high - low <= enough)):
            return log_odds
    raise ArithmeticError(f"quantiles did not settle within {MAX_STEPS} steps")


def _bracket(weights, a, b, q):
    """Log odds below and above the quantiles, and a first guess, from those of the components."""
    of_components = np.clip(_component_logits(a, b, q[:, None]), -FARTHEST, FARTHEST)
    slack = MARGIN * (1 + np.abs(of_components))
    low, high = (of_components - slack).min(axis=-1), (of_components + slack).max(axis=-1)
    target = special.logit(q)
    low = np.where(_logit_cdf(weights, a, b, low)[0] <= target, low, -FARTHEST)
    high = np.where(_logit_cdf(weights, a, b, high)[0] >= target, high, FARTHEST)
    return low, high, (weights * of_components).sum(axis=-1)


def _component_logits(a, b, q):
    """Log odds of the q quantiles of single Betas, to about 1e-9."""
    rate = special.betaincinv(a, b, q)
    with np.errstate(divide="ignore"):
        result = special.logit(rate)
    tiny, close = ~(rate >= TINY), rate > 1 - CLOSE
    if tiny.any():
        leading = (np.log(q) + np.log(a) + beta_functions.log_beta(a, b)) / a
        result = np.where(tiny, leading, result)
    if close.any():
        complement = np.maximum(special.betainccinv(b, a, q), TINY)
        leading = -(np.log1p(-q) + np.log(b) + beta_functions.log_beta(a, b)) / b
        precise = np.where(complement > TINY, -np.log(complement), leading)
        result = np.where(close, precise, result)
    return result


def _logit_cdf(weights, a, b, log_odds):
    """Logit of the cdf and its derivative, both by the log odds."""
    at = log_odds[:, None]
    lower, upper = beta_functions.tails_at_logit(a, b, at)
    lower, upper = (weights * lower).sum(axis=-1), (weights * upper).sum(axis=-1)
    log_density = a * special.log_expit(at) + b * special.log_expit(-at)
    density = (weights * np.exp(log_density - beta_functions.log_beta(a, b))).sum(axis=-1)
    with np.errstate(all="ignore"):
        return np.log(lower) - np.log(upper), density / (lower * upper)
