"""Blocks of a grid: combinations of nodes, each with its own window of the location."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayesips.distributions.priors import Prior
from bayesips.engine.quadrature.hard_ends import Panels
from bayesips.engine.quadrature.hyperparameter_nodes import Nodes
from bayesips.engine.quadrature.normal_sums import Even
from bayesips.engine.quadrature.story import Normal, Value, constant

Window = Even | Panels | None


@dataclass(frozen=True, eq=False)
class Blocks:
    """Combinations of nodes, and each one's window of the location.

    Parameters
    ----------
    axes : list of Nodes
        Of the hyperparameters that are neither a location nor the shape, first ones slowest.
    place : list of array, each (B,)
        Which node of each axis a block has.
    location : str or None
    priors : list of (log weight, Prior), one for each block
        Of the location; empty without one.
    windows : list of Even, Panels or None, one for each block
    """

    axes: list[Nodes]
    place: list[np.ndarray]
    location: str | None
    priors: list[tuple[float, Prior]]
    windows: list[Window]

    @cached_property
    def values(self) -> dict[str, np.ndarray]:
        """Value of each hyperparameter in each block, (B,)."""
        pairs = zip(self.axes, self.place, strict=True)
        return {axis.name: axis.values[place] for axis, place in pairs}

    @cached_property
    def sizes(self) -> np.ndarray:
        """Points of each block."""
        counts = [1 if w is None else len(points_of(w)) for w in self.windows]
        return np.array(counts, dtype=int)

    @cached_property
    def owner(self) -> np.ndarray:
        """Block of each point, (P,)."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    @cached_property
    def parts(self) -> list[slice]:
        """Points of each block."""
        ends = np.cumsum(self.sizes)
        return [slice(int(e - n), int(e)) for e, n in zip(ends, self.sizes, strict=True)]


def points_of(window: Even | Panels) -> np.ndarray:
    """Places of a window's points."""
    return window.points if isinstance(window, Even) else window.nodes


def thinned(window: Even | Panels) -> np.ndarray:
    """Factors of a trapezoid rule on every second point."""
    if not isinstance(window, Even) or window.count == 1:
        return np.ones(len(points_of(window)))
    return np.where(np.arange(window.count) % 2 == 0, 2.0, 0.0)


def about_one_centre(rate: Normal) -> list[tuple[Value, Value, list[tuple[float, Value | None]]]]:
    """Parts of a rate (weight, centre, Normals): those of fixed weights about one unknown joined.

    Their sum is averaged in one go, whatever their number.
    """
    apart, joined = [], {}  # type: ignore[var-annotated]  # of the result's parts
    for weight, centre, sd in rate.parts:
        if weight.uses or centre.name is None or np.ndim(weight.number):
            apart.append((weight, centre, [(1.0, sd)]))
        else:
            joined.setdefault(centre.name, (centre, []))[1].append((float(weight.number), sd))
    for centre, normals in joined.values():
        total = sum(weight for weight, _ in normals)
        apart.append((constant(total), centre, [(w / total, sd) for w, sd in normals]))
    return apart
