"""Expected local information ratio (Neuenschwander et al. 2020, Biometrics 76, 578)."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from bayesips.distributions import panels
from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.convert import as_density
from bayesips.distributions.density import Density
from bayesips.distributions.link import LOGIT, Link
from bayesips.distributions.mathematics import NUMPY
from bayesips.distributions.mixture_panels import log_components, nodes_and_weights
from bayesips.distributions.piecewise import Piecewise

SLIVER = 1e-9  # width of a panel whose derivatives are rounding errors
RESOLVED = 1e-15  # panels of a density with less mass are not resolved
# Share of an ELIR that may stand at the ends of a density, where it should have vanished.
LEFT_AT_ENDS = 1e-4
# Doublings of the quadrature outwards: the integrand falls as exp(-(shape - 1) |log odds|).
MOST_DOUBLINGS = 24
FALLEN = 40.0  # exp(-40) is below the rounding of what is summed


def elir(distribution: BetaMixture | Density) -> NDArray:
    """Expected local information ratio of each batch member; NaN where it does not exist."""
    if isinstance(distribution, BetaMixture):
        return _elir_of_mixture(distribution)
    return _elir_of_density(as_density(distribution))


def _elir_of_mixture(mixture: BetaMixture) -> NDArray:
    """sum_k w_k (b_k [a_k > 1] + a_k [b_k > 1]) - integral p(x) / (x (1 - x)) Var_r(t) dx.

    t_k = (a_k - 1)(1 - x) - (b_k - 1) x, r_k the share of component k at x.
    """
    weights, a, b = mixture.weights, mixture.a, mixture.b
    defined = np.all(((a >= 1) & (b >= 1)) | (weights == 0), axis=-1)
    a, b = np.maximum(a, 1), np.maximum(b, 1)
    whole = np.sum(weights * (b * (a > 1) + a * (b > 1)), axis=-1)
    log_odds, step = nodes_and_weights(a, b, _doublings(a, b))
    rate, complement = expit(log_odds)[..., None, :], expit(-log_odds)[..., None, :]
    density = np.exp(log_components(weights, a, b, log_odds))
    slope = (a - 1)[..., None] * complement - (b - 1)[..., None] * rate
    total = np.maximum(density.sum(axis=-2, keepdims=True), 1e-300)
    centre = np.sum(density * slope, axis=-2, keepdims=True) / total
    spread = np.sum(density * (slope - centre) ** 2, axis=-2)
    return np.where(defined, whole - np.sum(spread * step, axis=-1), np.nan)


def _doublings(a: NDArray, b: NDArray) -> int:
    """How often the range of the log odds is doubled so that the slowest tail has fallen."""
    excess = np.concatenate([a, b], axis=-1) - 1
    slowest = np.min(excess, where=excess > 0, initial=1.0)
    return int(np.clip(np.ceil(np.log2(FALLEN / slowest)), 1, MOST_DOUBLINGS))


def _elir_of_density(density: Density) -> NDArray:
    """E[-l' v], l the slope of the log density of the rate, v the variance of one patient.

    By parts on each panel, so that first derivatives are enough; NaN unless p l v, what the
    ends beyond the resolved panels would still add, has vanished there.
    """
    nodes = panels.nodes_of(density.curve.edges)
    slope = density.curve.score().reshape(density.curve.logs.shape)
    local, variance, skew = _of_rate(density.link, nodes, slope)
    mass = density.curve.mass.reshape(slope.shape)
    at_low, at_high = (_at_panel_end(density.curve, slope, density.link, end) for end in (-1, 1))
    each = np.sum(mass * local * (local * variance + skew), axis=-1)
    each = each - (at_high - at_low) * (-1 if density.link.decreasing else 1)
    resolved = (mass.sum(axis=-1) > RESOLVED) & (np.diff(density.curve.edges) > SLIVER)
    value = np.sum(np.where(resolved, each, 0), axis=-1)
    first = np.argmax(resolved, axis=-1)[..., None]
    last = resolved.shape[-1] - 1 - np.argmax(resolved[..., ::-1], axis=-1)[..., None]
    ends = (np.take_along_axis(at_low, first, -1), np.take_along_axis(at_high, last, -1))
    left = np.maximum(*np.abs(ends))[..., 0]
    return np.where(left <= LEFT_AT_ENDS * np.abs(value), value, np.nan)


def _of_rate(link: Link, eta: NDArray, slope: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Slope of the log density of the rate in the rate; theta (1 - theta); 1 - 2 theta."""
    log_rate, log_miss = link.log_rate(eta, NUMPY), link.log_miss(eta, NUMPY)
    variance, skew = np.exp(log_rate + log_miss), np.exp(log_miss) - np.exp(log_rate)
    of_link = skew if link is LOGIT else 1 + log_rate  # slope of log |d rate / d eta|
    per_rate = np.exp(-link.log_slope(eta)) * (-1 if link.decreasing else 1)
    return (slope - of_link) * per_rate, variance, skew


def _at_panel_end(curve: Piecewise, slope: NDArray, link: Link, end: int) -> NDArray:
    """P l v at the lower (-1) or upper (1) end of every panel, (*batch, panels)."""
    eta = curve.edges[:-1] if end < 0 else curve.edges[1:]
    powers = float(end) ** np.arange(panels.ORDER) @ panels.TO_COEFFICIENTS
    local, variance, _ = _of_rate(link, eta, slope @ powers)
    return np.exp(curve.logs @ powers - link.log_slope(eta)) * local * variance
