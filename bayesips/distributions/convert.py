"""Densities from other distributions, and what needs two of them: mixing and shifting."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy import special

from bayesips.distributions import panels
from bayesips.distributions.batches import joined_edges, log_on, spread_atoms
from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.density import Density
from bayesips.distributions.link import LOGIT, Link
from bayesips.distributions.mathematics import NUMPY
from bayesips.distributions.piecewise import Piecewise
from bayesips.distributions.points import Points
from bayesips.errors import Refused

# First panels of a conversion; refinement does the rest.
FIRST_PANELS = 24
# A shift is integrated on panels no wider than this many of its standard deviations.
SHIFT_PANEL = 1.5
# Density, as part of that at the mean, below which a shifted density is not resolved.
SHIFT_FLOOR = 1e-17


def as_density(distribution: Any, link: Link = LOGIT) -> Density:
    """Hold any distribution with a `logpdf` as a Density on `link`.

    Raises
    ------
    TypeError
        If it has no density (draws).
    """
    if isinstance(distribution, Density):
        return distribution if distribution.link is link else _on_link(distribution, link)
    if not hasattr(distribution, "logpdf"):
        raise TypeError(
            f"{type(distribution).__name__} has no density: fit a mixture to the draws first "
            "(fit_beta_mixture)"
        )
    low, high = link.limits
    return Density.from_log(
        link,
        lambda eta: _log_density(distribution, link, eta),
        np.linspace(low, high, FIRST_PANELS + 1),
        **_ends(distribution, link),
    )


def _log_density(distribution: Any, link: Link, eta: np.ndarray) -> np.ndarray:
    """Log density with respect to eta; batch axes first."""
    if isinstance(distribution, BetaMixture):
        return _log_beta_mixture(distribution, link, eta)
    spread = distribution[..., None] if distribution.batch_shape else distribution
    return spread.logpdf(link.rate(eta)) + link.log_slope(eta)


def _log_beta_mixture(mixture: BetaMixture, link: Link, eta: np.ndarray) -> np.ndarray:
    """The same for a Beta mixture, in logs throughout: a rate may round to 0 or 1."""
    log_rate, log_miss = link.log_rate(eta, NUMPY), link.log_miss(eta, NUMPY)
    a, b = mixture.a[..., None], mixture.b[..., None]
    with np.errstate(divide="ignore"):
        log_weight = np.log(mixture.weights)[..., None] - special.betaln(a, b)
    parts = log_weight + (a - 1) * log_rate + (b - 1) * log_miss
    return np.logaddexp.reduce(parts, axis=-2) + link.log_slope(eta)


def _ends(distribution: Any, link: Link) -> dict[str, Any]:
    """Atoms at 0 and 1: the mass beyond the link's limits, where rates round to them."""
    ends = np.array(link.limits)
    at = np.sort(link.log_rate(ends, NUMPY) - link.log_miss(ends, NUMPY))  # log odds
    with np.errstate(divide="ignore"):
        if isinstance(distribution, BetaMixture):  # a rate may round to 1 where its odds do not
            low = np.log(distribution.cdf_at_logit(at[0]))
            high = np.log(distribution.sf_at_logit(at[1]))
        else:
            low, high = (
                distribution.logcdf(special.expit(at[0])),
                distribution.logsf(special.expit(at[1])),
            )
    return {"atoms": [0.0, 1.0], "atom_logs": np.stack(np.broadcast_arrays(low, high), axis=-1)}


def _on_link(density: Density, link: Link) -> Density:
    """The same distribution on another link's scale; what lies beyond its limits joins atoms."""
    source, low, high = density.link, *_mapped(density.link, link, np.array(link.limits))
    inner = np.sort(np.clip([low, high], *density.curve.edges[[0, -1]]))
    beyond = np.stack([density.curve.below(inner[0]), density.curve.above(inner[1])], axis=-1)
    if source.decreasing:
        beyond = beyond[..., ::-1]
    atoms = np.unique([0.0, *density.atoms, 1.0])
    weights = spread_atoms(density, atoms)
    weights[..., [0, -1]] += beyond
    edges = np.sort(np.clip(_mapped(link, source, inner), *link.limits))

    def log_f(eta: np.ndarray) -> np.ndarray:
        there = np.clip(_mapped(source, link, eta), *inner)
        logs = panels.interpolate(density.curve.edges, density.curve.logs, there)
        return logs + link.log_slope(eta) - source.log_slope(there)

    with np.errstate(divide="ignore"):
        atom_logs = np.log(weights)
    converted = Density.from_log(
        link,
        log_f,
        np.linspace(edges[0], edges[-1], FIRST_PANELS + 1),
        atoms=atoms,
        atom_logs=atom_logs,
        negligible=panels.NEGLIGIBLE * 100,
        floor=density.floor,
    )
    return replace(converted, error=density.error)


def _mapped(to: Link, link: Link, eta: np.ndarray) -> np.ndarray:
    """Points of one link on the scale of another."""
    return to.at(link.log_rate(eta, NUMPY), link.log_miss(eta, NUMPY))


def mix_densities(first: Density, other: Any, weight: Any) -> Density:
    """Mixture of two distributions, `other` with `weight`.

    Raises
    ------
    Refused
        If the weight lies outside [0, 1].
    """
    weight = np.asarray(weight, dtype=float)
    if not np.all((weight >= 0) & (weight <= 1)):
        raise Refused(f"weight is {weight}; allowed is 0 to 1")
    draws = isinstance(other, Points)
    second = density_of_draws(other, first) if draws else as_density(other, first.link)
    parts = [(first, 1 - weight), (second, weight)]
    atoms = np.unique(np.concatenate([first.atoms, second.atoms]))
    batch = np.broadcast_shapes(first.batch_shape, second.batch_shape, weight.shape)
    edges = _union(first, second)
    with np.errstate(divide="ignore"):
        logs = [log_on(part, edges) + np.log(w)[..., None, None] for part, w in parts]
    shape = (*batch, len(edges) - 1, panels.ORDER)
    values = np.logaddexp(*[np.broadcast_to(part, shape) for part in logs])
    weights = sum(spread_atoms(part, atoms) * w[..., None] for part, w in parts)
    curve = replace(first.curve, edges=edges, logs=values)
    return Density(
        first.link,
        curve,
        atoms,
        np.broadcast_to(weights, (*batch, len(atoms))),
        max(first.error, second.error),
        _joint_floor(first, second, weight),
    )


def density_of_draws(draws: Points, beside: Any) -> Density:
    """Draws as a density of atoms only, on the link of what they are to be mixed with."""
    rates, first = np.unique(draws.rates, return_index=True)  # they are sorted
    weights = np.add.reduceat(np.asarray(draws.weights), first, axis=-1)
    nothing = np.full((*draws.batch_shape, 1, panels.ORDER), -np.inf)
    link = beside.link if isinstance(beside, Density) else LOGIT
    return Density(link, Piecewise(np.array([0.0, 1.0]), nothing), rates, weights)


def _joint_floor(first: Density, second: Density, weight: np.ndarray) -> float:
    """Floor of a mixture: a part without a floor, if it takes part, stands below the other."""
    floors = [part.floor for part, w in ((first, 1 - weight), (second, weight)) if np.any(w > 0)]
    everywhere = bool(np.all((weight > 0) & (weight < 1)))
    return min(floors) if everywhere or len(floors) == 1 else max(floors)


def _union(first: Density, second: Density) -> np.ndarray:
    """Panel edges that resolve both."""
    sets = [part.curve.edges for part in (first, second) if not part.curve.empty]
    return joined_edges(sets) if sets else first.curve.edges


def shift_log_odds(density: Density, mean: float, sd: float) -> Density:
    """Add Normal(mean, sd) to the log odds.

    Raises
    ------
    Refused
        If sd is negative or a number is not finite.
    """
    if not (np.isfinite(mean) and np.isfinite(sd) and sd >= 0):
        raise Refused(f"a shift has a finite mean and an sd of 0 or more; got {mean}, {sd}")
    source = as_density(density, LOGIT)
    if sd == 0:
        return _moved(source, mean)
    inner = (source.atoms > 0) & (source.atoms < 1)
    places, mass = _sources(source, inner, SHIFT_PANEL * sd)

    def summed(eta: np.ndarray) -> np.ndarray:
        z = (eta[:, None] - places - mean) / sd
        return mass @ (np.exp(-0.5 * z**2) / (sd * np.sqrt(2 * np.pi))).T

    # never nothing: a log density that falls to -inf cannot be interpolated
    floor = SHIFT_FLOOR * summed(mass.reshape(-1, len(places)).mean(axis=0) @ places + [mean])
    low, high = places.min() + mean - 10 * sd, places.max() + mean + 10 * sd
    edges = np.linspace(max(low, LOGIT.limits[0]), min(high, LOGIT.limits[1]), FIRST_PANELS + 1)
    with np.errstate(divide="ignore"):
        outer_logs = np.log(source.atom_weights[..., ~inner])
    shifted = Density.from_log(
        LOGIT,
        lambda eta: np.log(np.maximum(summed(eta), floor)),
        edges,
        atoms=source.atoms[~inner],
        atom_logs=outer_logs,
        negligible=SHIFT_FLOOR,
        floor=float(np.log(SHIFT_FLOOR)),
    )
    return replace(shifted, error=source.error)


def _sources(source: Density, inner: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Points on the log odds and their masses, panels no wider than `width`, inner atoms too."""
    places = [LOGIT.from_rate(source.atoms[inner])]
    masses = [source.atom_weights[..., inner]]
    if not source.curve.empty:
        fine = source.curve.on(_no_wider(source.curve.edges, width))
        places, masses = [fine.nodes, *places], [fine.mass, *masses]
    return np.concatenate(places), np.concatenate(masses, axis=-1)


def _moved(source: Density, mean: float) -> Density:
    """A shift without spread: the panels move; what passes the limits is 0 or 1 to rounding."""
    edges = source.curve.edges + mean
    atoms = LOGIT.rate(LOGIT.from_rate(source.atoms) + mean)
    return replace(source, curve=replace(source.curve, edges=edges), atoms=atoms)


def _no_wider(edges: np.ndarray, width: float) -> np.ndarray:
    """Panels cut so that none is wider than `width`."""
    parts = np.maximum(np.ceil(np.diff(edges) / width).astype(int), 1)
    pieces = zip(edges[:-1], edges[1:], parts, strict=True)
    starts = [np.linspace(low, high, count, endpoint=False) for low, high, count in pieces]
    return np.append(np.concatenate(starts), edges[-1])
