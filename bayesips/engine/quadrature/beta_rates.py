"""Rates with a Beta prior: closed forms where the endpoint has them, else a sum over the link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.density import Density
from bayesips.distributions.link import Link
from bayesips.distributions.mathematics import NUMPY
from bayesips.engine.quadrature import beta_evidence
from bayesips.engine.quadrature.beta_grids import cell_values, closed_shapes, components
from bayesips.engine.quadrature.hierarchy import Hierarchy
from bayesips.engine.quadrature.likelihood_profile import SMOOTH, Profile, integration_grid
from bayesips.engine.quadrature.story import Beta, Rate, Value
from bayesips.engine.quadrature.tails import atom_logs, tails
from bayesips.errors import NotSettled

# Parts of a sum below exp(FAR) of the largest do not matter; numbers worked on at once.
FAR, BLOCK = -60.0, 60_000
# Mixtures of at most this many Betas are given as such.
MOST_COMPONENTS = 400
FIRST_PANELS = 24


def log_evidence(hierarchy: Hierarchy) -> dict[Rate, np.ndarray]:
    """Log probability of each key's data, integrated over the rate; (keys, *dims or 1) each.

    Rates of one prior are integrated together.
    """
    alike: dict[tuple[Value, Value], list[Beta]] = {}
    for rate in hierarchy.data:
        if isinstance(rate, Beta):
            if rate.given:
                raise NotSettled(
                    f"{rate.name}: a rate with both powered and plain data; "
                    "tell the data in one way"
                )
            alike.setdefault((rate.a, rate.b), []).append(rate)
    found: dict[Rate, np.ndarray] = {}
    for prior, rates in alike.items():
        a, b = (hierarchy.shaped(value.of(hierarchy.nodes)) for value in prior)
        keys = [arms for rate in rates for arms in hierarchy.data[rate].keys]
        if hierarchy.story.endpoint.conjugate:
            table = np.stack([_closed_evidence(arms, a, b) for arms in keys])
        else:
            table = beta_evidence.log_evidence(hierarchy, a, b, keys)
        ends = np.cumsum([len(hierarchy.data[rate].keys) for rate in rates])
        found.update(zip(rates, np.split(table, ends[:-1]), strict=True))
    return found


def _closed_evidence(arms: Any, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Beta-binomial probability of the counts of one rate."""
    total = -special.betaln(a, b)
    r, n = sum(arm.successes for arm in arms), sum(arm.n for arm in arms)
    for arm in arms:
        lost = arm.n - arm.successes
        total = total - special.betaln(arm.successes + 1, lost + 1) - np.log(arm.n + 1.0)
    return total + special.betaln(a + r, b + (n - r))  # a tiny b is kept


def log_beta(link: Link, eta: np.ndarray, a: Any, b: Any) -> np.ndarray:
    """Log density of Beta(a, b) with respect to the link-scale rate."""
    log_rate, log_miss = link.log_rate(eta, NUMPY), link.log_miss(eta, NUMPY)
    return (a - 1) * log_rate + (b - 1) * log_miss - special.betaln(a, b) + link.log_slope(eta)


def mixture(hierarchy: Hierarchy, rate: Beta, some: slice) -> BetaMixture:
    """The rate's distribution as a mixture of Betas over the grid, cells first."""
    weights = hierarchy.weights(some)
    a, b = closed_shapes(hierarchy, rate, some)
    parts = [np.broadcast_to(x, weights.shape).reshape(len(weights), -1) for x in (weights, a, b)]
    return BetaMixture(*parts)


def function_of(
    hierarchy: Hierarchy, rate: Beta
) -> tuple[Callable[[np.ndarray], np.ndarray], np.ndarray]:
    """Log density of the rate for one cell, not normalised, one row for each shape node.

    With it the log masses at rates 0 and 1, (rows, 2), which no double tells from them.

    The prior of the rate is normalised over the rate *and* the endpoint's shape, for each value
    of the other hyperparameters (Duan et al. 2006 for the power prior); rows sum to the density.
    """
    weights = hierarchy.weights(slice(0, 1))[0]
    a, b = (cell_values(hierarchy, value, slice(0, 1))[0] for value in (rate.a, rate.b))
    powers = _powers(hierarchy, rate)
    axis, link = hierarchy.shape_axis, hierarchy.story.endpoint.scale

    def logs(eta: np.ndarray) -> np.ndarray:
        total = log_beta(link, eta, a[..., None], b[..., None])
        for power, profile in powers:
            row = profile.at(eta)
            shape = [1] * len(hierarchy.dims)
            if axis is not None:
                shape[axis] = len(row)
            total = total + power[..., None] * row.reshape(*shape, len(eta))
        return total

    eta, step = integration_grid(hierarchy)
    within = NUMPY.logsumexp(logs(eta)) + np.log(step)
    ends = tails(link, logs, within)
    mass = NUMPY.logsumexp(np.stack([within, *(end.log_sum(step) for end in ends)], axis=-1))
    free = tuple(i for i, size in enumerate(mass.shape) if size == 1 and i != axis)
    log_prior = np.zeros((1,) * len(hierarchy.dims))
    if axis is not None:
        own = hierarchy.axes[axis].log_mass[0]
        log_prior = (own - NUMPY.logsumexp(own)).reshape(
            [-1 if i == axis else 1 for i in range(len(hierarchy.dims))]
        )
    total = mass + log_prior
    if axis is not None:
        total = np.expand_dims(NUMPY.logsumexp(np.moveaxis(total, axis, -1)), axis)
    with np.errstate(divide="ignore"):
        outer = np.log(weights.sum(axis=free, keepdims=True)) - total

    def summed(parts: np.ndarray) -> np.ndarray:
        full = parts + outer[..., None]
        front = np.moveaxis(full, axis, 0) if axis is not None else full[None]
        flat = np.moveaxis(front.reshape(len(front), -1, full.shape[-1]), 1, -1)
        return NUMPY.logsumexp(flat)

    return lambda eta: summed(logs(eta)), summed(atom_logs(ends))


def _powers(hierarchy: Hierarchy, rate: Beta) -> list[tuple[np.ndarray, Profile]]:
    """Each power on the grid, and the log likelihoods of the arms that have it."""
    groups: dict[Any, tuple[Value, list[Any]]] = {}
    for arm, weight in rate.given:
        same = id(weight) if np.ndim(weight.number) or weight.uses else float(weight.of({}))
        groups.setdefault(same, (weight, []))[1].append(arm)
    return [
        (cell_values(hierarchy, weight, slice(0, 1))[0], Profile.of(hierarchy, arms))
        for weight, arms in groups.values()
    ]


def density(hierarchy: Hierarchy, rate: Beta) -> Density:
    """The rate's density, for one cell."""
    link = hierarchy.story.endpoint.scale
    if hierarchy.story.endpoint.conjugate or not rate.given:
        return mixture_density(link, *components(hierarchy, rate))
    rows, ends = function_of(hierarchy, rate)
    return Density.from_log(
        link,
        lambda eta: np.logaddexp.reduce(rows(eta), axis=0),
        np.linspace(*link.limits, FIRST_PANELS + 1),
        atoms=[0.0, 1.0],
        atom_logs=np.logaddexp.reduce(ends, axis=0),
        negligible=SMOOTH,
    )


def mixture_density(link: Link, weights: np.ndarray, a: np.ndarray, b: np.ndarray) -> Density:
    """Density of many Betas; what lies beyond the link's limits is 0 or 1 to rounding."""
    limits = np.array(link.limits)
    low, miss = (
        np.exp(link.log_rate(limits, NUMPY)).min(),
        np.exp(link.log_miss(limits, NUMPY)).min(),
    )
    beyond = np.array([weights @ special.betainc(a, b, low), weights @ special.betainc(b, a, miss)])
    with np.errstate(divide="ignore"):
        ends = np.log(beyond)
    edges = np.linspace(*link.limits, FIRST_PANELS + 1)
    log_f = log_mixture(link, weights, a, b)
    return Density.from_log(link, log_f, edges, atoms=[0.0, 1.0], atom_logs=ends)


def log_mixture(
    link: Link, weights: np.ndarray, a: np.ndarray, b: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """Log density of many Betas on the link scale: each exponent is a product of two vectors."""
    powers = np.stack([a - 1, b - 1, np.log(weights) - special.betaln(a, b)])

    def block(eta: np.ndarray) -> np.ndarray:
        log_rate, log_miss = link.log_rate(eta, NUMPY), link.log_miss(eta, NUMPY)
        logs = np.stack([log_rate, log_miss, np.ones(len(eta))], axis=1) @ powers
        peak = logs.max(axis=1)
        logs -= peak[:, None]
        np.maximum(logs, FAR, out=logs)  # numbers below 1e-308 are slow
        return np.log(np.exp(logs, out=logs).sum(axis=1)) + peak + link.log_slope(eta)

    def log_f(eta: np.ndarray) -> np.ndarray:
        count = 1 + eta.size * a.size // BLOCK
        return np.concatenate([block(part) for part in np.array_split(eta, count)])

    return log_f
