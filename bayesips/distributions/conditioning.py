"""Densities given counts: posterior, marginal probability, prediction."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from bayesips.distributions import panels
from bayesips.distributions.counts import CountTable, log_binomial_table
from bayesips.distributions.mathematics import NUMPY
from bayesips.errors import NotSettled, Refused

if TYPE_CHECKING:
    from bayesips.distributions.density import Density

# Posterior mass on what is only rounding of the prior, above which an update is refused.
ROUNDING_MASS = 1e-6
# A density counts as rounding within this of its floor (in logs).
FLOOR_MARGIN = 2.0


def updated(prior: Density, successes: ArrayLike, n: ArrayLike) -> Density:
    """Posterior after `successes` among `n`; see `Density.update`."""
    r, missed = _counts(successes, n)
    atom_logs = _atom_logs(prior, r, missed)
    if prior.curve.empty:
        return _updated_atoms(prior, atom_logs)

    def log_f(eta: np.ndarray) -> np.ndarray:
        return (
            panels.interpolate(prior.curve.edges, prior.curve.logs, eta)
            + r[..., None] * prior.link.log_rate(eta, NUMPY)
            + missed[..., None] * prior.link.log_miss(eta, NUMPY)
        )

    posterior = prior.from_log(
        prior.link, log_f, prior.curve.edges, atoms=prior.atoms, atom_logs=atom_logs
    )
    _check_floor(prior, posterior)
    return replace(posterior, error=prior.error)


def _updated_atoms(prior: Density, atom_logs: np.ndarray) -> Density:
    """A posterior of atoms only."""
    total = NUMPY.logsumexp(atom_logs)
    nothing = np.full((*total.shape, 1, panels.ORDER), -np.inf)
    curve, weights = replace(prior.curve, logs=nothing), np.exp(atom_logs - total[..., None])
    return replace(prior, curve=curve, atom_weights=weights, log_total=total)


def _atom_logs(prior: Density, r: np.ndarray, missed: np.ndarray) -> np.ndarray:
    """Log weights of the atoms times the likelihood of the counts."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(prior.atom_weights) + _xlog(r, prior.atoms) + _xlog(missed, 1 - prior.atoms)


def _check_floor(prior: Density, posterior: Density) -> None:
    """Refuse a posterior that leans on what is only rounding of its prior."""
    if np.isneginf(prior.floor):
        return
    nodes = panels.nodes_of(posterior.curve.edges)
    logs = panels.interpolate(prior.curve.edges, prior.curve.logs, nodes)
    low = logs < logs.max(axis=(-2, -1), keepdims=True) + prior.floor + FLOOR_MARGIN
    leaning = posterior.curve.mass * low.reshape(*low.shape[:-2], -1)
    if np.any(leaning.sum(axis=-1) > ROUNDING_MASS):
        raise NotSettled(
            "the data lie so far from the prior that they fall where its density is below 1e-15 of "
            "its peak; no posterior can be trusted there (a robust part would help)"
        )


def log_marginal(prior: Density, successes: ArrayLike, n: ArrayLike) -> np.ndarray:
    """Log predictive probability of the counts, without the binomial coefficient."""
    r, missed = _counts(successes, n)
    theta, weight = prior.nodes()
    with np.errstate(divide="ignore"):
        logs = np.log(weight) + _xlog(r, theta) + _xlog(missed, 1 - theta)
    return NUMPY.logsumexp(logs)


def predictive(prior: Density, n: int) -> CountTable:
    """Distribution of the number of successes among `n` further patients."""
    _, weight = prior.nodes()
    eta = prior.curve.nodes
    with np.errstate(divide="ignore"):
        log_rate = np.concatenate([prior.link.log_rate(eta, NUMPY), np.log(prior.atoms)])
        log_miss = np.concatenate([prior.link.log_miss(eta, NUMPY), np.log1p(-prior.atoms)])
        # finite, so that 0 patients times log 0 stays 0
        table = log_binomial_table(n, np.maximum(log_rate, -1e300), np.maximum(log_miss, -1e300))
        logs = NUMPY.logsumexp(np.log(weight)[..., None, :] + table)
    return CountTable(logs - NUMPY.logsumexp(logs)[..., None])


def _counts(successes: ArrayLike, n: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Successes and failures as floats, checked."""
    r, n = np.broadcast_arrays(np.asarray(successes, dtype=float), np.asarray(n, dtype=float))
    bad = ~((r >= 0) & (r <= n) & (r == np.floor(r)) & (n == np.floor(n)))
    if bad.any():
        raise Refused(
            f"{r[bad].ravel()[0]:g} successes among {n[bad].ravel()[0]:g} patients; "
            "allowed are whole numbers, 0 to n"
        )
    return r, n - r


def _xlog(count: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Count times log(rate) with 0 log 0 = 0, a new last axis for the rates."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(count[..., None] == 0, 0.0, count[..., None] * np.log(rate))
