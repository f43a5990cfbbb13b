"""Patients of two classes by quadrature: the same as `exchangeable`, for rows at any day (LEAP).

The likelihood depends on the control's rate theta through the blended rate
p = q theta + (1 - q) phi only. So the unknown share q and the other class's rate phi are integrated
into a density of p given theta, once; the data enter as one function of p, summed over the
endpoint's shape.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bayesips.distributions.density import Density
from bayesips.distributions.link import Link
from bayesips.distributions.mathematics import NUMPY
from bayesips.distributions.priors import Prior
from bayesips.engine.quadrature.beta_rates import FIRST_PANELS, log_beta
from bayesips.engine.quadrature.gauss import gauss_legendre
from bayesips.engine.quadrature.hierarchy import Hierarchy
from bayesips.engine.quadrature.likelihood_profile import SMOOTH, Profile
from bayesips.engine.quadrature.story import Beta, Blend
from bayesips.engine.quadrature.strata import (
    beta_prior,
    double_exponential,
    has_hard_ends,
    jacobi,
    share_value,
)
from bayesips.engine.quadrature.tails import Tail, atom_logs
from bayesips.errors import NotSettled

# Nodes of the double-exponential rules per node of an uneven axis: at least so many, and enough to
# see a likelihood of this joint sharpness.
NODES_PER_COUNT, NODES_PER_SHARPNESS = 2.0, 0.4
# Rates worked on at once.
BLOCK = 64


def density(hierarchy: Hierarchy, control: Beta, blends: Sequence[Blend], points: int) -> Density:
    """Density of a Beta rate that a share of the observed patients have.

    Raises
    ------
    NotSettled
        If the control has data of its own, or the blends differ.
    """
    parts = [(share.name, rate) for share, rate in blends[0].parts]
    same = all([(share.name, rate) for share, rate in blend.parts] == parts for blend in blends)
    if control.given or control.observed or not same or parts[0][1] is not control:
        raise NotSettled("blends of this kind need engine='nuts'")
    link = hierarchy.story.endpoint.scale
    data = Profile.of(hierarchy, [arm for blend in blends for arm in blend.observed])
    log_mean = _likelihood(link, data.averaged(_shape_weights(hierarchy)))
    share, known = share_value(hierarchy, blends[0].parts[0][0])
    other = beta_prior(blends[0].parts[1][1])
    if known is not None:
        log_given = _known_share(float(share[0]), other, log_mean, points)
    elif has_hard_ends(share):
        log_given = _share_between(share, other, log_mean, points)
    else:
        dense = max(NODES_PER_COUNT, NODES_PER_SHARPNESS * hierarchy.width.sharpness)
        rule = double_exponential(int(dense * points))
        log_given = _unknown_share(share, other, log_mean, rule)
    a, b = float(control.a.number), float(control.b.number)

    def log_f(eta: np.ndarray) -> np.ndarray:
        theta = np.array_split(link.rate(eta), 1 + len(eta) // BLOCK)
        return log_beta(link, eta, a, b) + np.concatenate([log_given(part) for part in theta])

    at_low, at_high = log_f(np.array(link.limits))
    powers = (b, a) if link.decreasing else (a, b)
    ends = Tail(link, False, at_low, powers[0]), Tail(link, True, at_high, powers[1])
    return Density.from_log(
        link,
        log_f,
        np.linspace(*link.limits, FIRST_PANELS + 1),
        atoms=[0.0, 1.0],
        atom_logs=atom_logs(ends),
        negligible=SMOOTH,
    )


def _shape_weights(hierarchy: Hierarchy) -> np.ndarray:
    """Prior masses of the endpoint's shape."""
    if hierarchy.shape_axis is None:
        return np.ones(1)
    logs = hierarchy.axes[hierarchy.shape_axis].log_mass[0]
    return np.asarray(np.exp(logs - NUMPY.logsumexp(logs)))


def _likelihood(link: Link, data: Profile) -> Callable[[np.ndarray], np.ndarray]:
    """Log likelihood of a blended rate."""

    def log_mean(rate: np.ndarray) -> np.ndarray:
        eta = link.from_rate(np.clip(rate, 1e-300, 1 - 1e-16))
        return np.asarray(data.at(np.clip(eta, *link.limits))[0])

    return log_mean


def _known_share(
    share: float, other: Prior, log_mean: Callable[[np.ndarray], np.ndarray], points: int
) -> Callable[[np.ndarray], np.ndarray]:
    """Log likelihood given theta, the other class's rate summed over Gauss-Jacobi nodes."""
    rates, mass = jacobi(other, points)

    def log_given(theta: np.ndarray) -> np.ndarray:
        return NUMPY.logsumexp(
            log_mean(share * theta[:, None] + (1 - share) * rates) + np.log(mass)
        )

    return log_given


def _share_between(
    share: Prior, other: Prior, log_mean: Callable[[np.ndarray], np.ndarray], points: int
) -> Callable[[np.ndarray], np.ndarray]:
    """The same for a share uniform between hard ends, inside of which all is smooth in it."""
    rates, mass = jacobi(other, points)
    low, high = (float(end) for end in share.numbers)
    x, w = gauss_legendre(points)
    q = ((low + high) / 2 + (high - low) / 2 * x)[:, None]
    logs = np.log(w / 2)[:, None] + np.log(mass)

    def log_given(theta: np.ndarray) -> np.ndarray:
        blended = q * theta[:, None, None] + (1 - q) * rates
        return NUMPY.logsumexp((log_mean(blended) + logs).reshape(len(theta), -1))

    return log_given


def _unknown_share(
    share: Prior,
    other: Prior,
    log_mean: Callable[[np.ndarray], np.ndarray],
    rule: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> Callable[[np.ndarray], np.ndarray]:
    """Log likelihood given theta: the blended rate p below theta, and above it.

    At p = theta s the share is at most s, and phi = theta (s - q) / (1 - q); at
    1 - p = (1 - theta) s likewise 1 - phi = (1 - theta) (s - q) / (1 - q).
    """
    s, _, w = rule

    def log_given(theta: np.ndarray) -> np.ndarray:
        sides = []
        for span, mirrored in ((theta[:, None], False), (1 - theta[:, None], True)):
            rate = 1 - span * s if mirrored else span * s
            blended = span * _blended_density(share, other, rule, span, mirrored) * w
            with np.errstate(divide="ignore"):
                sides.append(log_mean(rate) + np.log(blended))
        return NUMPY.logsumexp(np.concatenate(sides, axis=1))

    return log_given


def _blended_density(
    share: Prior, other: Prior, rule: tuple[np.ndarray, ...], span: np.ndarray, mirrored: Any
) -> np.ndarray:
    """Density of the blended rate at span s from 0 (or from 1, mirrored), shape (m, s).

    Integrated over the share q = s u, u from 0 to 1.
    """
    s, rest, w = rule
    q = s[:, None] * s
    left = rest[:, None] + s[:, None] * rest  # 1 - s u, with its own digits
    weight = np.exp(share.logpdf(q.ravel())).reshape(q.shape) * s[:, None] * w / left
    if other.numbers == (1.0, 1.0):
        return np.asarray(weight.sum(axis=-1))
    phi = span[:, :, None] * (s[:, None] * rest / left)
    at = np.clip(1 - phi if mirrored else phi, 1e-300, 1 - 1e-16)
    density = np.exp(other.logpdf(at.ravel())).reshape(at.shape)
    return np.asarray((density * weight).sum(axis=-1))
