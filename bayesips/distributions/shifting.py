"""A density shifted by a Normal on the log odds: a bias of unknown size."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bayesips.distributions.link import LOGIT
from bayesips.distributions.linking import FIRST_PANELS
from bayesips.errors import Refused

if TYPE_CHECKING:
    from bayesips.distributions.density import Density

# A shift is integrated on panels no wider than this many of its standard deviations.
SHIFT_PANEL = 1.5
# Density, as part of that at the mean, below which a shifted density is not resolved.
SHIFT_FLOOR = 1e-17
# A Normal is 0 in double precision beyond so many sds; points of a density worked through at once.
NOTHING, TOGETHER = 39.0, 48


def shifted(source: Density, mean: float, sd: float) -> Density:
    """Add Normal(mean, sd) to the log odds of a density on the logit scale.

    Raises
    ------
    Refused
        If sd is negative or a number is not finite.
    """
    if not (np.isfinite(mean) and np.isfinite(sd) and sd >= 0):
        raise Refused(f"a shift has a finite mean and an sd of 0 or more; got {mean}, {sd}")
    if sd == 0:
        return _moved(source, mean)
    inner = (source.atoms > 0) & (source.atoms < 1)
    places, mass = _sources(source, inner, SHIFT_PANEL * sd)

    def summed(eta: np.ndarray) -> np.ndarray:
        parts = np.array_split(eta - mean, 1 + len(eta) // TOGETHER)
        return np.concatenate([_summed(part, sd, places, mass) for part in parts], axis=-1)

    # A floor, since a log density that falls to minus infinity cannot be interpolated.
    floor = SHIFT_FLOOR * summed(mass.reshape(-1, len(places)).mean(axis=0) @ places + [mean])
    low, high = places.min() + mean - 10 * sd, places.max() + mean + 10 * sd
    edges = np.linspace(max(low, LOGIT.limits[0]), min(high, LOGIT.limits[1]), FIRST_PANELS + 1)
    with np.errstate(divide="ignore"):
        outer_logs = np.log(source.atom_weights[..., ~inner])
    found = source.from_log(
        LOGIT,
        lambda eta: np.log(np.maximum(summed(eta), floor)),
        edges,
        atoms=source.atoms[~inner],
        atom_logs=outer_logs,
        negligible=SHIFT_FLOOR,
        floor=float(np.log(SHIFT_FLOOR)),
    )
    return replace(found, error=source.error)


def _summed(eta: np.ndarray, sd: float, places: np.ndarray, mass: np.ndarray) -> np.ndarray:
    """Density at eta (m,) of masses at places in order, spread by a Normal; what is 0 left out."""
    ends = eta.min() - NOTHING * sd, eta.max() + NOTHING * sd
    near = slice(*np.searchsorted(places, ends))
    terms = np.subtract.outer(places[near], eta)
    terms *= np.sqrt(0.5) / sd
    np.square(terms, out=terms)
    np.exp(np.negative(terms, out=terms), out=terms)
    return np.asarray(mass[..., near] @ terms / (sd * np.sqrt(2 * np.pi)))


def _sources(source: Density, inner: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Points on the log odds in order, inner atoms too, and their masses; panels up to `width`."""
    places = [LOGIT.from_rate(source.atoms[inner])]
    masses = [source.atom_weights[..., inner]]
    if not source.curve.empty:
        fine = source.curve.on(_no_wider(source.curve.edges, width))
        places, masses = [fine.nodes, *places], [fine.mass, *masses]
    every, order = np.concatenate(places), np.argsort(np.concatenate(places))
    return every[order], np.concatenate(masses, axis=-1)[..., order]


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
