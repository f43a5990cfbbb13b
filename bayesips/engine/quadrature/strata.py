"""Rates that are mixtures of patients: two strata in an unknown share, or exchangeable ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import special

from bayesips.distributions import panels
from bayesips.distributions.density import Density
from bayesips.distributions.mathematics import NUMPY
from bayesips.distributions.priors import Prior
from bayesips.engine.quadrature.beta_rates import FIRST_PANELS, function_of
from bayesips.engine.quadrature.gauss import gauss_legendre
from bayesips.engine.quadrature.hierarchy import Hierarchy
from bayesips.engine.quadrature.story import Beta, Blend, Rate, Value
from bayesips.engine.quadrature.tails import NEGLIGIBLE
from bayesips.errors import NotSettled

# Nodes of the double-exponential rule per node of an uneven axis.
NODES_PER_COUNT = 1.9
# Nodes of a bounded share, between points that are not smooth, per node of an uneven axis.
SHARE_NODES = 0.35
# Shape nodes of less weight than this are dropped.
LIGHTEST = 1e-14
# The double-exponential rule reaches this far: its ends are 1e-17 away from 0 and 1.
DOUBLE_EXPONENTIAL = 3.2
# Points worked through at once.
BLOCK = 128


def mixed_density(hierarchy: Hierarchy, blend: Blend, points: int) -> Density:
    """Density of q A + (1 - q) B for independent A and B, the share q known or with a prior.

    Given A = a and B = b, q = (x - b) / (a - b) is the only share that gives x, so the density at
    x is an integral over a and b on both sides of x. Double-exponential rules in each variable
    stay accurate at the corner a = b = x and for shapes below 1.
    """
    (share, first), (_, second) = blend.parts
    link = hierarchy.story.endpoint.scale
    strata = [by_shape(hierarchy, rate) for rate in (first, second)]
    weights = joint_shape_weights(hierarchy, strata)
    prior, known = share_value(hierarchy, share)
    kept = weights > LIGHTEST
    strata, weights = [part[kept] for part in strata], weights[kept]
    rule = double_exponential(int(NODES_PER_COUNT * points))

    def block(x: np.ndarray) -> np.ndarray:
        if known is not None:
            return _known_share(x, float(prior[0]), strata, weights, rule)
        if has_hard_ends(prior):
            return _share_between(x, prior, strata, weights, rule, int(SHARE_NODES * points))
        return _unknown_share(x, prior, strata, weights, rule)

    # a floor: logs must be finite to be interpolated
    middle = sum(float(np.mean(part.mean())) for part in strata) / 2
    floor = SMOOTH * 1e-3 * block(np.array([middle]))

    def log_f(eta: np.ndarray) -> np.ndarray:
        theta = link.rate(eta)
        blocks = np.array_split(theta, 1 + len(theta) // BLOCK)
        values = np.concatenate([block(x) for x in blocks])
        return np.log(np.maximum(values, floor)) + link.log_slope(eta)

    edges = np.linspace(*link.limits, FIRST_PANELS + 1)
    return Density.from_log(link, log_f, edges, negligible=SMOOTH)


# Far tails of a blend are resolved to this part of the whole.
SMOOTH = 1e-12


def double_exponential(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nodes s on (0, 1), 1 - s with its own digits, and weights (Takahasi & Mori 1974)."""
    t, step = np.linspace(-DOUBLE_EXPONENTIAL, DOUBLE_EXPONENTIAL, count, retstep=True)
    u = np.pi * np.sinh(t)
    s, rest = special.expit(u), special.expit(-u)
    return s, rest, np.pi * np.cosh(t) * s * rest * step


def _unknown_share(
    x: np.ndarray, prior: Prior, strata: Sequence[Density], weights: np.ndarray, rule: tuple
) -> np.ndarray:
    """Density at rates x (m,): the first stratum below x and the second above, and swapped."""
    s, rest, w = rule
    x = x[:, None]
    low, below = x * s, x * rest  # a point below x and its distance from x
    high, above = x + (1 - x) * s, (1 - x) * s
    span = below[:, :, None] + above[:, None, :]
    kernel = (w * x)[:, :, None] * (w * (1 - x))[:, None, :] / span
    total, flat = np.zeros(len(x)), prior.family == "beta" and prior.numbers == (1.0, 1.0)
    for stratum_low, stratum_high, share in (
        (strata[0], strata[1], above[:, None, :] / span),
        (strata[1], strata[0], below[:, :, None] / span),
    ):
        dense = (
            kernel if flat else kernel * np.exp(prior.logpdf(share.ravel())).reshape(share.shape)
        )
        first = np.swapaxes(_values(stratum_low, low), 0, 1) * weights[:, None]
        second = np.swapaxes(_values(stratum_high, high), 0, 1)
        total += np.sum((first @ dense) * second, axis=(1, 2))
    return total


def _values(density: Density, x: np.ndarray) -> np.ndarray:
    """Densities at rates x, the same for every shape node: (shape nodes, *x.shape)."""
    edges, link = density.curve.edges, density.link
    with np.errstate(divide="ignore"):
        eta = link.from_rate(x)
    inside = (eta >= edges[0]) & (eta <= edges[-1])
    at = np.where(inside, eta, edges[0])
    logs = panels.interpolate(edges, density.curve.logs, at) - link.log_slope(at)
    return np.where(inside, np.exp(logs), 0.0)


def _known_share(
    x: np.ndarray, q: float, strata: Sequence[Density], weights: np.ndarray, rule: tuple
) -> np.ndarray:
    """Density at rates x (m,) for one share: a convolution over the first stratum's rate."""
    if q in (0.0, 1.0):
        return weights @ _values(strata[0 if q == 1.0 else 1], x)
    return _at_share(x, np.full(len(x), q), strata, weights, rule)


def _at_share(
    x: np.ndarray, q: np.ndarray, strata: Sequence[Density], weights: np.ndarray, rule: tuple
) -> np.ndarray:
    """The same for a share between 0 and 1 of each point."""
    s, _, w = rule
    x, q = x[:, None], q[:, None]
    low, high = np.maximum(0.0, (x - (1 - q)) / q), np.minimum(1.0, x / q)
    a = np.clip(low + (high - low) * s, 0.0, 1.0)
    b = np.clip((x - q * a) / (1 - q), 0.0, 1.0)
    values = _values(strata[0], a) * _values(strata[1], b) * w * (high - low) / (1 - q)
    return np.einsum("k,kmi->m", weights, values)


def _share_between(
    x: np.ndarray,
    prior: Prior,
    strata: Sequence[Density],
    weights: np.ndarray,
    rule: tuple,
    count: int,
) -> np.ndarray:
    """Density at rates x (m,), the share uniform between hard ends.

    Given the share q it is smooth in q but at q = x and q = 1 - x, where one stratum must be all
    dead or all alive: `count` Gauss nodes between these.
    """
    low, high = (float(end) for end in prior.numbers)
    ends = [np.full(len(x), low), np.clip(x, low, high), np.clip(1 - x, low, high)]
    cuts = np.sort(np.stack([*ends, np.full(len(x), high)]), axis=0)
    total = np.zeros(len(x))
    for start, width in zip(cuts[:-1], np.diff(cuts, axis=0), strict=True):
        some = width > 0
        for node, mass in zip(*gauss_legendre(count), strict=True):
            q = (start + width * (node + 1) / 2)[some]
            given = _at_share(x[some], q, strata, weights, rule)
            total[some] += mass / 2 * width[some] / (high - low) * given
    return total


def by_shape(hierarchy: Hierarchy, rate: Rate) -> Density:
    """A stratum's density for each shape node, weights left to `joint_shape_weights`."""
    rows, ends = function_of(hierarchy, _beta(rate))
    link = hierarchy.story.endpoint.scale
    found = Density.from_log(link, rows, np.linspace(*link.limits, FIRST_PANELS + 1))
    if np.any(ends > found.log_total[..., None] + np.log(NEGLIGIBLE)):
        raise NotSettled(
            f"{rate.name}: too much of it lies at survival 0 or 1 to double precision; "
            "give its prior shapes that are not so small"
        )
    return found


def _beta(rate: Rate) -> Beta:
    """The rate, which must have a Beta prior here."""
    if not isinstance(rate, Beta):
        raise NotSettled(f"{rate.name}: blends of Normal rates need engine='nuts'")
    return rate


def joint_shape_weights(hierarchy: Hierarchy, strata: Sequence[Density]) -> np.ndarray:
    """Posterior of the endpoint's shape given all strata, which share it."""
    if hierarchy.shape_axis is None:
        return np.ones(1)
    axis = hierarchy.axes[hierarchy.shape_axis]
    logs = sum(np.ravel(part.log_total) for part in strata) - axis.log_mass[0]
    return np.exp(logs - NUMPY.logsumexp(logs))


def share_value(hierarchy: Hierarchy, share: Value) -> tuple[Any, Any]:
    """(nodes, masses) of a known share, or (its prior, None)."""
    prior = hierarchy.story.hypers.get(str(share.name))
    if prior is None or prior.family == "fixed":
        value = prior.numbers[0] if prior is not None else share.number
        return np.array([float(value)]), np.ones(1)
    return prior, None


def has_hard_ends(share: Prior) -> bool:
    """Whether a share is uniform on less than all of [0, 1]."""
    return share.family == "uniform" and tuple(map(float, share.numbers)) != (0.0, 1.0)


def beta_prior(rate: Rate) -> Prior:
    """The prior of a Beta rate whose shapes are numbers."""
    beta = _beta(rate)
    return Prior.parse(("beta", float(beta.a.number), float(beta.b.number)))


def jacobi(prior: Prior, points: int) -> tuple[np.ndarray, np.ndarray]:
    """Gauss nodes and masses of a Beta prior."""
    a, b = (float(number) for number in prior.numbers)
    x, w = special.roots_jacobi(points, b - 1, a - 1)
    return (x + 1) / 2, w / w.sum()
