"""A story read on a flat grid of points: nodes, prior mass, likelihoods, posterior weights.

The grid is a list of blocks, one for each combination of nodes of the hyperparameters that are no
location; each block has its own window of the location. All blocks end to end are P points, each
taken at K nodes of the endpoint's shape: every array here is (..., K or 1, P).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from bayesips.engine.quadrature.blocks import Blocks, points_of, thinned
from bayesips.engine.quadrature.data import Keyed
from bayesips.engine.quadrature.hyperparameter_nodes import Nodes, log_prior
from bayesips.engine.quadrature.likelihood_tables import Tables
from bayesips.engine.quadrature.normal_sums import Even
from bayesips.engine.quadrature.story import Rate, Story, Value
from bayesips.errors import NotSettled

# Numbers held at once while cells are worked through.
CHUNK = 12_000_000
Cells = slice | np.ndarray
# The coarser rule of a location.
LOCATION = "location"


@dataclass(frozen=True, eq=False)
class Grid:
    """One reading of a story.

    Parameters
    ----------
    story : Story
    data : dict of Rate to Keyed
        Unique data of each rate that arms speak of directly.
    lines : dict of Rate to array, each (keys, K)
        Line of the likelihood tables for each data set and shape node; -1 for no data.
    shape : list of Nodes
        Of the endpoint's shape: one, or none.
    blocks : Blocks
    likelihoods : Tables
    sharpness : float
        Joint sharpness of the data on the link scale.
    batch : tuple of int
        Shape of the batch of cells.
    tabulate : callable
        Gives the tables.
    """

    story: Story
    data: dict[Rate, Keyed]
    lines: dict[Rate, np.ndarray]
    shape: list[Nodes]
    blocks: Blocks
    likelihoods: Tables
    sharpness: float
    batch: tuple[int, ...]
    tabulate: Callable[[Grid], dict[Rate, np.ndarray]]
    kept: dict[Any, np.ndarray] = field(default_factory=dict)

    @property
    def cells(self) -> int:
        """Number of cells."""
        return int(np.prod(self.batch, dtype=int))

    @property
    def axes(self) -> list[Nodes]:
        """Nodes of every hyperparameter that is no location."""
        return [*self.shape, *self.blocks.axes]

    @property
    def size(self) -> int:
        """Number of points P."""
        return len(self.blocks.owner)

    @cached_property
    def dims(self) -> tuple[int, int]:
        """Shape nodes and points."""
        return self.shape_count, self.size

    @property
    def shape_nodes(self) -> tuple[np.ndarray, ...]:
        """Nodes of the shape parameter, or nothing."""
        return tuple(axis.values for axis in self.shape)

    @property
    def shape_count(self) -> int:
        """Number of shape nodes, 1 without a shape parameter."""
        return len(self.shape[0]) if self.shape else 1

    @cached_property
    def nodes(self) -> dict[str, np.ndarray]:
        """Value of each hyperparameter at each point, (1, P), and of the shape, (K, 1)."""
        blocks = self.blocks
        found = {name: value[blocks.owner][None] for name, value in blocks.values.items()}
        if blocks.location is not None:
            found[blocks.location] = self.places[None]
        return found | {axis.name: axis.values[:, None] for axis in self.shape}

    @cached_property
    def places(self) -> np.ndarray:
        """Value of the location at each point, (P,)."""
        every = [points_of(w) for w in self.blocks.windows if w is not None]
        return np.concatenate(every) if every else np.zeros(0)

    def at(self, value: Value) -> np.ndarray:
        """A value at the points, (K or 1, P or 1)."""
        found = np.asarray(value.of(self.nodes), dtype=float)
        return found if found.ndim == 2 else found.reshape(1, 1)  # noqa: PLR2004  two axes

    # -- prior --------------------------------------------------------------------------------

    @cached_property
    def log_mass(self) -> np.ndarray:
        """Log prior mass of the points, the shape left out, (rows, P)."""
        blocks, total = self.blocks, np.zeros((1, self.size))
        for axis, place in zip(blocks.axes, blocks.place, strict=True):
            total = total + axis.log_mass[:, place[blocks.owner]]
        if blocks.location is None:
            return total
        return total + np.concatenate(self._locations(), axis=1)

    def _locations(self) -> list[np.ndarray]:
        """Log prior mass of each block's places."""
        found = []
        for window, (log_weight, prior) in zip(
            self.blocks.windows, self.blocks.priors, strict=True
        ):
            assert window is not None
            mass = log_prior(prior, points_of(window), self.batch) + log_weight
            if prior.family != "fixed":
                even = isinstance(window, Even)
                mass = mass + np.log(window.step if even else window.weights)  # type: ignore[union-attr]  # as asked
            found.append(mass)
        rows = max(len(mass) for mass in found)
        return [np.broadcast_to(mass, (rows, mass.shape[1])) for mass in found]

    @cached_property
    def log_shape(self) -> np.ndarray:
        """Log prior mass of the shape nodes, (rows, K)."""
        return self.shape[0].log_mass if self.shape else np.zeros((1, 1))

    @cached_property
    def coarser(self) -> dict[str, np.ndarray]:
        """Factors of the points' weights in a coarser rule for each hyperparameter, (K or 1, P)."""
        blocks = self.blocks
        found = {axis.name: axis.coarse[:, None] for axis in self.shape if len(axis) > 1}
        for axis, place in zip(blocks.axes, blocks.place, strict=True):
            if not (axis.coarse == 1).all():
                found[axis.name] = axis.coarse[place[blocks.owner]][None]
        if any(isinstance(w, Even) and w.count > 1 for w in blocks.windows):
            every = [thinned(w) for w in blocks.windows if w is not None]
            found[LOCATION] = np.concatenate(every)[None]
        return found

    # -- likelihood ---------------------------------------------------------------------------

    @cached_property
    def tables(self) -> dict[Rate, np.ndarray]:
        """Log marginal likelihood of each rate's data sets; (keys, K or 1, P or 1) each."""
        return self.tabulate(self)

    def spreads(self, normals: Sequence[tuple[float, Value | None]]) -> np.ndarray:
        """Sds of some Normals in every block, (B or 1, J)."""
        found = [0.0 if sd is None else sd.of(self.blocks.values) for _, sd in normals]
        return np.stack(np.broadcast_arrays(*map(np.atleast_1d, found)), axis=-1).astype(float)

    def centre(self, rate: Rate, value: Value) -> np.ndarray:
        """A centre that is no location, in every block, (B,).

        Raises
        ------
        NotSettled
            If it is a sum of unknowns.
        """
        if value.name is None and value.uses:
            raise NotSettled(
                f"{rate.name}: its centre is a sum of unknowns ({', '.join(sorted(value.uses))}), "
                "as in a meta-regression; the exact engine needs a single one: use engine='nuts' "
                "(bayesips assess --engine nuts)"
            )
        found = np.asarray(value.of(self.blocks.values), dtype=float)
        return (
            np.broadcast_to(found, (len(self.blocks.windows),)) if value.uses else found.reshape(1)
        )

    # -- posterior ----------------------------------------------------------------------------

    def log_joint(self, some: Cells) -> np.ndarray:
        """Log prior mass times likelihood of all data; (cells, K, P)."""
        mass, shape = (x if len(x) == 1 else x[some] for x in (self.log_mass, self.log_shape))
        count = self.count(some)
        logs = np.empty((count, *self.dims))
        logs[:] = mass[:, None, :] + shape[:, :, None]
        for rate, table in self.tables.items():
            index = self.data[rate].index[some]
            logs += table[index] if len(table) > 1 else table
        return logs

    def log_evidence(self) -> np.ndarray:
        """Log marginal likelihood of all data in each cell."""
        found = []
        for some in self.chunks():
            logs = self.log_joint(some).reshape(self.count(some), -1)
            peak = logs.max(axis=1)
            found.append(np.log(np.exp(logs - peak[:, None]).sum(axis=1)) + peak)
        return np.concatenate(found)

    def weights(self, some: Cells) -> np.ndarray:
        """Posterior weights of the points, summing to 1 in each cell; (cells, K, P).

        Where all cells fit into memory at once they are kept.
        """
        if isinstance(some, slice) and some == slice(0, self.cells):
            if "weights" not in self.kept:
                self.kept["weights"] = self._weights(some)
            return self.kept["weights"]
        return self._weights(some)

    def _weights(self, some: Cells) -> np.ndarray:
        """The same, computed."""
        logs = self.log_joint(some)
        logs -= logs.max(axis=(1, 2), keepdims=True)
        weights = np.exp(logs, out=logs)
        weights /= weights.sum(axis=(1, 2), keepdims=True)
        return weights

    def count(self, some: Cells) -> int:
        """Number of cells chosen."""
        return len(range(*some.indices(self.cells))) if isinstance(some, slice) else len(some)

    def chunks(self) -> list[slice]:
        """Slices of cells that fit into memory."""
        length = max(1, CHUNK // max(1, self.size * self.shape_count))
        return [slice(i, min(i + length, self.cells)) for i in range(0, self.cells, length)]

    def by_node(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """Weights (cells, K, P) summed for each node of each hyperparameter; (cells, Q)."""
        found = {axis.name: weights.sum(axis=2) for axis in self.shape}
        points = weights.sum(axis=1)
        starts = np.array([part.start for part in self.blocks.parts])
        sums = np.add.reduceat(points, starts, axis=1)
        for axis, place in zip(self.blocks.axes, self.blocks.place, strict=True):
            total = np.zeros((len(axis), len(weights)))
            np.add.at(total, place, sums.T)
            found[axis.name] = total.T
        return found
