"""Mixtures of two densities."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from bayesips.distributions import arguments, panels
from bayesips.distributions.batches import joined_edges, log_on, spread_atoms

if TYPE_CHECKING:
    from bayesips.distributions.density import Density


def mixed(first: Density, second: Density, weight: ArrayLike) -> Density:
    """Mixture of two densities on one link, the second with `weight`, a number or a batch."""
    share = arguments.checked_weight(weight)
    parts = [(first, 1 - share), (second, share)]
    atoms = np.unique(np.concatenate([first.atoms, second.atoms]))
    batch = np.broadcast_shapes(first.batch_shape, second.batch_shape, share.shape)
    edges = _union(first, second)
    with np.errstate(divide="ignore"):
        logs = [log_on(part, edges) + np.log(w)[..., None, None] for part, w in parts]
    shape = (*batch, len(edges) - 1, panels.ORDER)
    values = np.logaddexp(*[np.broadcast_to(part, shape) for part in logs])
    weights = sum(spread_atoms(part, atoms) * w[..., None] for part, w in parts)
    return replace(
        first,
        curve=replace(first.curve, edges=edges, logs=values),
        atoms=atoms,
        atom_weights=np.broadcast_to(weights, (*batch, len(atoms))),
        error=max(first.error, second.error),
        floor=_joint_floor(first, second, share),
        log_total=0.0,
    )


def _joint_floor(first: Density, second: Density, weight: np.ndarray) -> float:
    """Floor of a mixture: a part without a floor, if it takes part, stands below the other."""
    floors = [part.floor for part, w in ((first, 1 - weight), (second, weight)) if np.any(w > 0)]
    everywhere = bool(np.all((weight > 0) & (weight < 1)))
    return min(floors) if everywhere or len(floors) == 1 else max(floors)


def _union(first: Density, second: Density) -> np.ndarray:
    """Panel edges that resolve both."""
    sets = [part.curve.edges for part in (first, second) if not part.curve.empty]
    return joined_edges(sets) if sets else first.curve.edges
