"""A random-effects meta-analysis summed on a plain grid, apart from every engine of the package."""

import numpy as np
from scipy import special, stats

MU = np.arange(-4.8, 2.4, 0.08)  # prior Normal(0, 2)
TAU = np.arange(0.0, 4.5, 0.06)  # prior half-Normal(1); the integrand is even in tau
Z = np.arange(-6.0, 6.0, 0.06)


def better(history, treated, controls, weight=0.0, margin=0.0):
    """P(treated - control > margin): history (r, n), a MAP, a vague part Beta(1, 1), flat treated.

    The control rate is expit(mu + tau z). History weighs (mu, tau), the trial's own controls weigh
    the control rate; the vague part is summed over the rate itself.
    """
    mu, tau, z = MU[:, None, None], TAU[None, :, None], Z[None, None, :]
    eta = mu + tau * z
    log_p, log_q = special.log_expit(eta), special.log_expit(-eta)
    normal = stats.norm.logpdf(z)
    half = np.where(TAU == 0, np.log(0.5), 0.0)[None, :]  # the end of the even rule
    logs = stats.norm.logpdf(MU, 0, 2)[:, None] + stats.norm.logpdf(TAU)[None, :] + half
    for r, n in history:
        logs = logs + special.logsumexp(r * log_p + (n - r) * log_q + normal, axis=2)
    joint = np.exp(logs - special.logsumexp(logs))[:, :, None] * np.exp(normal)
    joint = joint / joint.sum()
    own = binomial(controls, log_p, log_q)
    above = tail(treated, special.expit(eta) + margin)
    parts = np.array([(joint * own).sum(), (joint * own * above).sum()])
    if weight:
        rate = (np.arange(200_000) + 0.5) / 200_000
        own = binomial(controls, np.log(rate), np.log1p(-rate))
        vague = np.array([own.mean(), (own * tail(treated, rate + margin)).mean()])
        parts = (1 - weight) * parts + weight * vague
    return parts[1] / parts[0]


def binomial(count, log_p, log_q):
    """Likelihood of a count, without its constant."""
    r, n = count
    return np.exp(r * log_p + (n - r) * log_q)


def tail(treated, rate):
    """P(treated rate > rate) with a flat prior."""
    r, n = treated
    return special.betaincc(r + 1, n - r + 1, np.clip(rate, 0, 1))
