"""Batches of densities: on common panels, stacked, shaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bayesips.distributions import panels

if TYPE_CHECKING:
    from bayesips.distributions.density import Density

# Panel edges nearer to each other than this are one.
SLIVER = 1e-9


def joined_edges(sets: Sequence[np.ndarray]) -> np.ndarray:
    """Panel edges that resolve every one of several densities."""
    edges = np.unique(np.concatenate(sets))
    return edges[np.concatenate([[True], np.diff(edges) > SLIVER])]


def shaped(density: Density, batch: tuple[int, ...]) -> Density:
    """A density of flat cells, in the shape of the batch."""
    if batch == ():
        return density[0]
    logs = density.curve.logs
    return replace(
        density,
        curve=replace(density.curve, logs=logs.reshape(*batch, *logs.shape[1:])),
        atom_weights=density.atom_weights.reshape(*batch, -1),
        log_total=np.broadcast_to(density.log_total, density.batch_shape).reshape(batch),
    )


def stack(pieces: Sequence[Density]) -> Density:
    """Densities of one link, joined along their first batch axis."""
    edges = joined_edges([piece.curve.edges for piece in pieces])
    atoms = np.unique(np.concatenate([piece.atoms for piece in pieces]))
    logs = np.concatenate([log_on(piece, edges) for piece in pieces])
    weights = np.concatenate([spread_atoms(piece, atoms) for piece in pieces])
    totals = [np.broadcast_to(piece.log_total, piece.batch_shape) for piece in pieces]
    first = pieces[0]
    return replace(
        first,
        curve=replace(first.curve, edges=edges, logs=logs),
        atoms=atoms,
        atom_weights=weights,
        error=max(piece.error for piece in pieces),
        log_total=np.concatenate(totals),
    )


def log_on(part: Density, edges: np.ndarray) -> np.ndarray:
    """Log density at the nodes of panels that may reach beyond the part's own range."""
    nodes = panels.nodes_of(edges)
    if part.curve.empty:
        return np.full((*part.batch_shape, *nodes.shape), -np.inf)
    inside = (nodes >= part.curve.edges[0]) & (nodes <= part.curve.edges[-1])
    logs = panels.interpolate(part.curve.edges, part.curve.logs, nodes)
    peak = part.curve.logs.max(axis=(-2, -1), keepdims=True)
    return np.where(inside, logs, peak + panels.FLOOR)


def spread_atoms(part: Density, atoms: np.ndarray) -> np.ndarray:
    """Weights of a part's atoms at their places among all atoms."""
    weights = np.zeros((*part.batch_shape, len(atoms)))
    weights[..., np.searchsorted(atoms, part.atoms)] = part.atom_weights
    return weights
