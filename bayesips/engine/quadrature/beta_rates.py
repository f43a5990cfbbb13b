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
from bayesips.engine.quadrature.grid import Grid
from bayesips.engine.quadrature.profile import SMOOTH, Profile, integration_grid
from bayesips.engine.quadrature.story import Beta, Rate, Value
from bayesips.engine.quadrature.tails import atom_logs, tails
from bayesips.errors import NotSettled

# Parts of a sum below exp(FAR) of the largest do not matter; numbers worked on at once.
FAR, BLOCK = -60.0, 60_000
# Mixtures of at most this many Betas are given as such.
MOST_COMPONENTS = 400
FIRST_PANELS = 24


def log_evidence(grid: Grid) -> dict[Rate, np.ndarray]:
    """Log probability of each key's data, integrated over the rate; (keys, K or 1, P) each.

    Rates of one prior are integrated together.
    """
    alike: dict[tuple[Value, Value], list[Beta]] = {}
    for rate in grid.data:
        if isinstance(rate, Beta):
            if rate.given:
                raise NotSettled(
                    f"{rate.name}: a rate with both powered and plain data; "
                    "tell the data in one way"
                )
            alike.setdefault((rate.a, rate.b), []).append(rate)
    found: dict[Rate, np.ndarray] = {}
    for prior, rates in alike.items():
        a, b = (grid.at(value) for value in prior)
        keys = [arms for rate in rates for arms in grid.data[rate].keys]
        if grid.story.endpoint.conjugate:
            table = np.stack([_closed_evidence(arms, a, b) for arms in keys])
        else:
            table = beta_evidence.log_evidence(grid, a, b, keys)
        ends = np.cumsum([len(grid.data[rate].keys) for rate in rates])
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


def mixture(grid: Grid, rate: Beta, some: slice) -> BetaMixture:
    """The rate's distribution as a mixture of Betas over the grid, cells first."""
    weights = grid.weights(some)
    a, b = closed_shapes(grid, rate, some)
    parts = [np.broadcast_to(x, weights.shape).reshape(len(weights), -1) for x in (weights, a, b)]
    return BetaMixture(*parts)


def function_of(grid: Grid, rate: Beta) -> tuple[Callable[[np.ndarray], np.ndarray], np.ndarray]:
    """Log density of the rate for one cell, not normalised, one row for each shape node.

    With it the log masses at rates 0 and 1, (rows, 2), which no double tells from them.

    The prior of the rate is normalised over the rate *and* the endpoint's shape, for each value
    of the other hyperparameters (Duan et al. 2006 for the power prior); rows sum to the density.
    """
    weights = grid.weights(slice(0, 1))[0]
    a, b = (cell_values(grid, value, slice(0, 1))[0] for value in (rate.a, rate.b))
    powers, link = _powers(grid, rate), grid.story.endpoint.scale

    def logs(eta: np.ndarray) -> np.ndarray:
        total = log_beta(link, eta, a[..., None], b[..., None])
        for power, profile in powers:
            total = total + power[..., None] * profile.at(eta)[:, None]
        return total

    eta, step = integration_grid(grid)
    within = NUMPY.logsumexp(logs(eta)) + np.log(step)
    ends = tails(link, logs, within)
    mass = NUMPY.logsumexp(np.stack([within, *(end.log_sum(step) for end in ends)], axis=-1))
    shape = grid.log_shape[0] - NUMPY.logsumexp(grid.log_shape[0])
    total = NUMPY.logsumexp((mass + shape[:, None]).T)  # over the shape, at each point
    if mass.shape[1] == 1:
        weights = weights.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore"):
        outer = np.log(weights) - total

    def summed(parts: np.ndarray) -> np.ndarray:
        return NUMPY.logsumexp(np.moveaxis(parts + outer[..., None], 1, -1))

    return lambda eta: summed(logs(eta)), summed(atom_logs(ends))


def _powers(grid: Grid, rate: Beta) -> list[tuple[np.ndarray, Profile]]:
    """Each power on the grid, and the log likelihoods of the arms that have it."""
    groups: dict[Any, tuple[Value, list[Any]]] = {}
    for arm, weight in rate.given:
        same = id(weight) if np.ndim(weight.number) or weight.uses else float(weight.of({}))
        groups.setdefault(same, (weight, []))[1].append(arm)
    return [
        (cell_values(grid, weight, slice(0, 1))[0], Profile.of(grid, arms))
        for weight, arms in groups.values()
    ]


def density(grid: Grid, rate: Beta) -> Density:
    """The rate's density, for one cell."""
    link = grid.story.endpoint.scale
    if grid.story.endpoint.conjugate or not rate.given:
        return mixture_density(link, *components(grid, rate))
    rows, ends = function_of(grid, rate)
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
