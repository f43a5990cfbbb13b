"""Distributions carried onto the scale of a link, where a density is held."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from bayesips.distributions import panels
from bayesips.distributions.batches import spread_atoms
from bayesips.distributions.link import Link
from bayesips.distributions.mathematics import NUMPY

if TYPE_CHECKING:
    from bayesips.distributions.density import Density

# First panels of a conversion; refinement does the rest.
FIRST_PANELS = 24


def converted(distribution: Any, link: Link) -> dict[str, Any]:
    """What `Density.from_log` takes of any distribution with `logpdf`, `logcdf` and `logsf`."""
    spread = distribution[..., None] if distribution.batch_shape else distribution
    low, high = special.expit(log_odds_held(link))
    beyond = np.broadcast_arrays(distribution.logcdf(low), distribution.logsf(high))
    return {
        "log_f": lambda eta: spread.logpdf(link.rate(eta)) + link.log_slope(eta),
        "edges": np.linspace(*link.limits, FIRST_PANELS + 1),
        "atoms": [0.0, 1.0],
        "atom_logs": np.stack(beyond, axis=-1),
    }


def log_odds_held(link: Link) -> np.ndarray:
    """Log odds of the rates at the two limits of a link, the lower first."""
    ends = np.array(link.limits)
    return np.sort(link.log_rate(ends, NUMPY) - link.log_miss(ends, NUMPY))


def relinked(density: Density, link: Link) -> Density:
    """A distribution on another link's scale; what lies beyond its limits joins atoms."""
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
    converted = density.from_log(
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
