"""A hierarchy by brute force: Chebyshev in mu, Gauss-Legendre on graded panels of tau, no engine.

Likelihoods are averaged over Normal(mu, tau) by a trapezoid sum over the link scale (wide spreads)
or by Gauss nodes of the standard Normal (narrow ones). The density in mu is one polynomial on the
whole range, whose integral gives P(control <= x) without a step where tau is small.
"""

import numpy as np
from numpy.polynomial import chebyshev, legendre
from scipy import special, stats

ETA = np.linspace(-32.0, 32.0, 1281)
NARROW = 0.2
REACH = 9.0
Z, Z_WEIGHTS = legendre.leggauss(64)
LOGIT = special.expit
DAYS = 56


def log_minus_log(eta):
    """Survival at the landmark of the other link."""
    return np.exp(-np.exp(np.minimum(eta, 700.0)))


class Dense:
    """Posterior of (mu, tau) and of the control under mu ~ U(low, high).

    `tau_prior` is a density, `tops` where panels of tau end; `likelihoods` are functions of eta.
    With `pooled`, arms lie at mu itself (a commensurate prior).
    """

    def __init__(self, likelihoods, rate, low, high, tau_prior, tops, *, size=129, pooled=False):
        self.ends, self.rate = (low, high), rate
        points = chebyshev.chebpts1(size)
        self.mu = (low + high) / 2 + (high - low) / 2 * points
        x, w = legendre.leggauss(14)
        halves = np.diff(tops)[:, None] / 2
        self.tau = (np.array(tops)[:-1, None] + halves * (1 + x)).ravel()
        masses = (halves * w).ravel() * tau_prior(self.tau)
        functions = [*likelihoods, rate, lambda eta: rate(eta) ** 2]
        parts = np.array([self._averages(functions, tau) for tau in self.tau])
        arms = parts[:, : len(likelihoods)]
        if pooled:
            arms = np.array([f(self.mu) for f in likelihoods])[None]
        weight = np.prod(arms, axis=1) * masses[:, None]
        self.polynomials = [self._integral(line) for line in weight]
        self.total = sum(chebyshev.chebval(1.0, line) for line in self.polynomials)
        first, second = (
            sum(chebyshev.chebval(1.0, self._integral(line)) for line in weight * parts[:, place])
            / self.total
            for place in (-2, -1)
        )
        self.mean, self.std = first, np.sqrt(second - first**2)

    def _averages(self, functions, tau):
        """Each function's mean over Normal(mu, tau), at every mu."""
        if tau > NARROW:
            kernel = stats.norm.pdf(ETA, self.mu[:, None], tau) * (ETA[1] - ETA[0])
            return [kernel @ f(ETA) for f in functions]
        z = REACH * Z
        mass = REACH * Z_WEIGHTS * stats.norm.pdf(z)
        return [f(self.mu[:, None] + tau * z) @ mass for f in functions]

    def _integral(self, values):
        """Coefficients of the integral from the lower end, on [-1, 1]."""
        nodes = len(values)
        angles = np.pi * np.arange(nodes)[:, None] * (2 * np.arange(nodes)[::-1] + 1) / (2 * nodes)
        coefficients = 2 / nodes * np.cos(angles) @ values
        coefficients[0] /= 2
        return chebyshev.chebint(coefficients, lbnd=-1) * (self.ends[1] - self.ends[0]) / 2

    def below(self, eta):
        """P(control <= eta) on the link scale."""
        low, high = self.ends
        found = 0.0
        for tau, line in zip(self.tau, self.polynomials, strict=True):
            first, last = (np.clip((eta - end) / tau, -REACH, REACH) for end in (high, low))
            z = (first + last) / 2 + (last - first) / 2 * Z
            local = np.clip((2 * (eta - tau * z) - low - high) / (high - low), -1, 1)
            inside = stats.norm.pdf(z) * Z_WEIGHTS * (last - first) / 2
            found += inside @ chebyshev.chebval(local, line)
            found += stats.norm.cdf((eta - high) / tau) * chebyshev.chebval(1.0, line)
        return found / self.total


def counted(arms, rate):
    """Binomial likelihoods of arms at the landmark, as functions of eta."""
    return [lambda eta, arm=arm: chance(arm, rate(eta)) for arm in arms]


def chance(arm, rate):
    """Binomial probability of an arm's count, at rates of 0 and 1 too."""
    r, lost = arm.successes, arm.n - arm.successes
    return special.binom(arm.n, r) * np.exp(special.xlogy(r, rate) + special.xlog1py(lost, -rate))


def graded(top, levels=14):
    """Ends of panels that halve towards 0."""
    return [0.0, *(top / 2.0 ** np.arange(levels, -1, -1))]


def uniform(top):
    """Density of a uniform from 0."""
    return lambda tau: np.full(tau.shape, 1 / top)
