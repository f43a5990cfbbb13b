"""Information at the mode (Morita, Thall and Müller 2008, Biometrics 64, 595)."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, expit, logit

from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.density import Density

FLATTENED = 100.0  # s of the flattened prior: it is worth 1 / s patients
CENTRAL = 0.99  # the mode is looked for in this central part: singular ends have no mode
PLACES = 129  # rates tried in an interval, at every zoom
STEP = 0.02  # of differences on the log odds, at most, and in standard deviations of them
ZOOMS = 8  # each 64 times finer than the last


def morita(distribution: BetaMixture | Density) -> NDArray:
    """Curvature at the mode over that which one patient adds on average, past a flattened prior."""
    mode = highest_mode(distribution)
    mean = np.asarray(distribution.mean())
    flattened = _curvature(mode / FLATTENED - 1, (1 - mode) / FLATTENED - 1, mode)
    per_patient = _curvature(mean, 1 - mean, mode)
    return (_curvature_at(distribution, mode) - flattened) / per_patient


def _curvature(successes: NDArray, failures: NDArray, rate: NDArray) -> NDArray:
    """Minus the second derivative of successes log(rate) + failures log(1 - rate)."""
    return successes / rate**2 + failures / (1 - rate) ** 2


def _curvature_at(distribution: BetaMixture | Density, rate: NDArray) -> NDArray:
    """Minus the second derivative of the log density at a rate of each batch member."""
    if isinstance(distribution, BetaMixture):
        return _mixture_curvature(distribution, rate)
    return _density_curvature(distribution, rate)


def _mixture_curvature(mixture: BetaMixture, rate: NDArray) -> NDArray:
    """In closed form: E_r[curvature] - Var_r[slope], r the shares of the components."""
    x = np.asarray(rate)[..., None]
    with np.errstate(divide="ignore"):
        log_share = np.log(mixture.weights) - betaln(mixture.a, mixture.b)
    log_share = log_share + (mixture.a - 1) * np.log(x) + (mixture.b - 1) * np.log1p(-x)
    share = np.exp(log_share - log_share.max(axis=-1, keepdims=True))
    share /= share.sum(axis=-1, keepdims=True)
    slope = (mixture.a - 1) / x - (mixture.b - 1) / (1 - x)
    centre = np.sum(share * slope, axis=-1, keepdims=True)
    curvature = _curvature(mixture.a - 1, mixture.b - 1, x)
    return np.sum(share * (curvature - (slope - centre) ** 2), axis=-1)


def _density_curvature(density: Density, rate: NDArray) -> NDArray:
    """By differences of fourth order on the log odds, turned into the rate by the chain rule."""
    variance = rate * (1 - rate)
    step = np.minimum(STEP * np.asarray(density.std()) / variance, STEP)
    places = [expit(logit(rate) + k * step) for k in (-2, -1, 0, 1, 2)]
    far, near, middle, after, beyond = (density.logpdf(place) for place in places)
    slope = (far - 8 * near + 8 * after - beyond) / (12 * step)
    second = (-far + 16 * near - 30 * middle + 16 * after - beyond) / (12 * step**2)
    return ((1 - 2 * rate) * slope - second) / variance**2


def highest_mode(distribution: BetaMixture | Density) -> NDArray:
    """Rate of highest density within the central 99 % (of each component), shape of the batch."""
    low, high = _intervals(distribution)
    rows = [_highest_between(distribution, low[..., k], high[..., k]) for k in range(low.shape[-1])]
    rates, heights = (np.stack(row, axis=-1) for row in zip(*rows, strict=True))
    best = np.argmax(heights, axis=-1)[..., None]
    return np.take_along_axis(rates, best, axis=-1)[..., 0]


def _intervals(distribution: BetaMixture | Density) -> tuple[NDArray, NDArray]:
    """Ends of the intervals looked at, each (..., K)."""
    tail = (1 - CENTRAL) / 2
    if isinstance(distribution, BetaMixture):
        weights = np.ones_like(distribution.weights)[..., None]
        each = BetaMixture(weights, distribution.a[..., None], distribution.b[..., None])
        return each.ppf(tail), each.ppf(1 - tail)
    low, high = (np.asarray(distribution.ppf(q))[..., None] for q in (tail, 1 - tail))
    return low, high


def _highest_between(
    distribution: BetaMixture | Density, low: NDArray, high: NDArray
) -> tuple[NDArray, NDArray]:
    """Highest rate in [low, high], and its log density; by a grid and ever finer ones."""
    start, stop = low, high
    batch = (None,) * np.ndim(low)
    for _ in range(ZOOMS):
        part = np.linspace(0, 1, PLACES)[(slice(None), *batch)]
        rates = start + (stop - start) * part
        heights = distribution.logpdf(rates)
        best = np.argmax(heights, axis=0)[None]
        rate = np.take_along_axis(rates, best, axis=0)[0]
        height = np.take_along_axis(heights, best, axis=0)[0]
        step = (stop - start) / (PLACES - 1)
        start, stop = np.maximum(rate - step, low), np.minimum(rate + step, high)
    return rate, height
