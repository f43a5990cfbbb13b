"""Quantiles of Beta mixtures on the log odds, where even the tiniest rate keeps its digits.

Quantiles above one half are solved in the mirrored mixture, so that what is solved for is always
a tail probability of at most one half, known with relative accuracy.
"""

import numpy as np
from scipy import special

from bayesips.distributions import beta_functions
from bayesips.errors import NotSettled

SETTLED = 3e-8  # last Newton step on the log odds; what it leaves is of the order of its square
NARROW = 1e-13  # a bracket of the log odds in which nothing is left to find
FARTHEST = 1e6  # log odds
MAX_STEPS = 300
MARGIN = 1e-6  # by which the quantiles of the components are pushed outwards to make a bracket
TINY, CLOSE = 1e-290, 1e-3  # distances from the edges at which components' quantiles go by logs
FAST_LOW, FAST_HIGH = -600.0, 3.0  # log odds between which betainc needs no special care


def beta_mixture_ppf(weights, a, b, log_beta, q):
    """Rates at which the cdf of the mixtures (*batch, components) reaches q (broadcast)."""
    shape = np.broadcast_shapes(q.shape, a.shape[:-1])
    q = np.broadcast_to(q, shape)
    inside = (q > 0) & (q < 1)
    full = (*shape, a.shape[-1])
    weights, a, b, log_beta = (np.broadcast_to(x, full)[inside] for x in (weights, a, b, log_beta))
    result = np.where(q == 1, 1.0, np.where(q == 0, 0.0, np.nan))
    q = q[inside]
    if q.size:
        low = q <= 0.5  # noqa: PLR2004
        near, far = np.where(low[:, None], a, b), np.where(low[:, None], b, a)
        log_odds = _solve(_Tail(weights, near, far, log_beta), np.where(low, q, 1 - q))
        result[inside] = special.expit(np.where(low, log_odds, -log_odds))
    return result if result.ndim else result[()]


class _Tail:
    """Lower tails of mixtures of Beta(near, far), each (quantiles, components)."""

    def __init__(self, weights, near, far, log_beta):
        self.weights, self.near, self.far = weights, near, far
        self.log_beta = log_beta
        with np.errstate(divide="ignore"):
            self.log_scale = np.log(weights) - self.log_beta

    def logit_tail(self, at):
        """Logit of the tail at log odds (quantiles, points)."""
        weights, near, far = self.weights[:, None], self.near[:, None], self.far[:, None]
        if FAST_LOW < at.min() and at.max() < FAST_HIGH:
            tail = special.betainc(near, far, special.expit(at)[:, :, None])
            return special.logit(np.minimum((weights * tail).sum(axis=-1), 1))
        lower, upper = beta_functions.tails_at_logit(near, far, at[:, :, None])
        lower, upper = (weights * lower).sum(axis=-1), (weights * upper).sum(axis=-1)
        with np.errstate(divide="ignore"):
            return np.log(lower) - np.log(upper)

    def density(self, at):
        """Density of the log odds at (quantiles, 1)."""
        log_density = self.near * special.log_expit(at) + self.far * special.log_expit(-at)
        return np.exp(log_density + self.log_scale).sum(axis=-1)

    def component_quantiles(self, q):
        """Log odds at which single components reach q, to about 1e-9; (quantiles, components)."""
        q = q[:, None]
        rate = special.betaincinv(self.near, self.far, q)
        result = special.logit(rate)
        tiny, close = ~(rate >= TINY), rate > 1 - CLOSE
        if tiny.any():
            leading = (np.log(q) + np.log(self.near) + self.log_beta) / self.near
            result = np.where(tiny, leading, result)
        if close.any():
            complement = np.maximum(special.betainccinv(self.far, self.near, q), TINY)
            leading = -(np.log1p(-q) + np.log(self.far) + self.log_beta) / self.far
            precise = np.where(complement > TINY, -np.log(complement), leading)
            result = np.where(close, precise, result)
        return np.clip(result, -FARTHEST, FARTHEST)


def _solve(tail, q):
    """Log odds of the quantiles by Newton's method on the logit of the tail, safeguarded.

    That function is close to linear far out; on the plateau between components that stand
    far apart its slope vanishes, and the bracket is halved instead.
    """
    target = special.logit(q)
    low, high, log_odds = _bracket(tail, q, target)
    previous = high - low
    with np.errstate(all="ignore"):
        for _ in range(MAX_STEPS):
            at = log_odds[:, None]
            value = tail.logit_tail(at)[:, 0]
            above = value >= target
            high, low = np.where(above, log_odds, high), np.where(above, low, log_odds)
            # d logit(p) / dp = 1 / p + 1 / (1 - p) = 2 + 2 cosh(logit(p))
            step = (target - value) / (tail.density(at) * (2 + 2 * np.cosh(value)))
            size = np.abs(step)
            proposal = log_odds + step
            good = (proposal >= low) & (proposal <= high) & (size <= previous / 2)
            log_odds = np.where(good, proposal, (low + high) / 2)
            width = high - low
            previous = np.where(good, size, width / 2)
            done = (good & (size <= SETTLED)) | (width <= NARROW * (1 + np.abs(log_odds)))
            if done.all():
                return log_odds
    raise NotSettled(f"quantiles did not settle within {MAX_STEPS} steps")


def _bracket(tail, q, target):
    """Log odds below and above the quantiles, and a guess, from the components' quantiles."""
    points = np.sort(tail.component_quantiles(q), axis=-1)
    if points.shape[-1] == 1:
        points = np.concatenate([points, points], axis=-1)
    slack = MARGIN * (1 + np.abs(points))
    points[:, 0] -= slack[:, 0]
    points[:, -1] += slack[:, -1]
    values = tail.logit_tail(points)
    first = (values < target[:, None]).sum(axis=-1)  # points below the quantile
    rows = np.arange(len(q))
    left, right = np.maximum(first - 1, 0), np.minimum(first, points.shape[-1] - 1)
    low = np.where(first > 0, points[rows, left], -FARTHEST)
    high = np.where(first < points.shape[-1], points[rows, right], FARTHEST)
    below, above = values[rows, left], values[rows, right]
    with np.errstate(all="ignore"):
        part = (target - below) / (above - below)
    guess = low + (high - low) * np.where((part > 0) & (part < 1), part, 1 / 2)
    return low, high, guess
