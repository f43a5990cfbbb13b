"""Normal hierarchies by quadrature: every rate Normal around hyperparameters on the link scale."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from bayesips.engine.quadrature.axes import Axis
from bayesips.engine.quadrature.data import DistinctData, Source, Width
from bayesips.engine.quadrature.fourier import Centres, Grid, Rows
from bayesips.engine.quadrature.smoothing import Smoother
from bayesips.engine.quadrature.story import Normal, Rate, Story

# Numbers held at once while cells are worked through.
CHUNK = 12_000_000
# Grid points beyond the range of the likelihoods.
MARGIN = 32
DEEPER = 16.0  # see `log_weights_in_full`

Cells = slice | np.ndarray


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """One reading of a Normal story: data, axes, and the posterior weight of every grid point.

    Parameters
    ----------
    story : Story
    data : dict of Rate to DistinctData
        Unique data of each observed rate.
    axes : list of Axis
        In the order of the grid's dimensions.
    width : Width
    step, lattice : float
        Spacing and one point of the even link-scale grid.
    batch : tuple of int
        Shape of the batch whose cells are worked through.
    ends : dict, by axis; the largest log weight at its two ends, relative to a cell's peak
    """

    story: Story
    data: dict[Rate, DistinctData]
    axes: list[Axis]
    width: Width
    step: float
    lattice: float
    batch: tuple[int, ...]
    ends: dict[str, np.ndarray] = field(default_factory=dict)
    in_full: dict[int, np.ndarray] = field(default_factory=dict)

    @property
    def cells(self) -> int:
        """Number of cells."""
        return int(np.prod(self.batch, dtype=int))

    # -- nodes ------------------------------------------------------------------------------

    @cached_property
    def dims(self) -> tuple[int, ...]:
        """Size of the grid."""
        return tuple(len(axis) for axis in self.axes)

    @cached_property
    def nodes(self) -> dict[str, np.ndarray]:
        """Each axis' nodes, shaped to broadcast over the grid."""
        found = {}
        for position, axis in enumerate(self.axes):
            shape = [1] * len(self.axes)
            shape[position] = len(axis)
            found[axis.name] = axis.nodes.reshape(shape)
        return found

    def shaped(self, value: Any) -> np.ndarray:
        """A value's array, with one dimension for each axis even if it is a plain number."""
        array = np.asarray(value, dtype=float)
        return array if array.ndim == len(self.dims) else array.reshape((1,) * len(self.dims))

    def position(self, name: str | None) -> int | None:
        """Dimension of an axis on the grid; None for no such axis."""
        return next((i for i, axis in enumerate(self.axes) if axis.name == name), None)

    @cached_property
    def shape_axis(self) -> int | None:
        """Dimension of the endpoint's shape parameter."""
        return self.position(self.story.shape[0].name) if self.story.shape else None

    @cached_property
    def shape_nodes(self) -> tuple[np.ndarray, ...]:
        """Nodes of the shape parameter, or nothing."""
        return () if self.shape_axis is None else (self.axes[self.shape_axis].nodes,)

    @property
    def shape_count(self) -> int:
        """Number of shape nodes, 1 without a shape parameter."""
        return len(self.shape_nodes[0]) if self.shape_nodes else 1

    # -- likelihood tables --------------------------------------------------------------------

    @cached_property
    def grid(self) -> Grid:
        """Even grid over the likelihoods' range and all locations."""
        located = [axis.nodes for axis in self.axes if axis.smooth]
        low = min([self.width.low, *(nodes[0] for nodes in located)])
        high = max([self.width.high, *(nodes[-1] for nodes in located)])
        first = int(np.floor((low - self.lattice) / self.step)) - MARGIN
        last = int(np.ceil((high - self.lattice) / self.step)) + MARGIN
        return Grid(self.lattice + first * self.step, self.step, last - first + 1)

    def centres(self, axis: Axis) -> Centres:
        """A location's nodes, as the smoother is asked for them."""
        if axis.panels is not None:
            return Centres(axis.nodes - self.grid.start)
        first = round((axis.nodes[0] - self.grid.start) / self.step)
        return Centres.on(self.grid, first, len(axis))

    @cached_property
    def scaled_rates(self) -> list[Normal]:
        """Observed rates that are integrated out."""
        return [r for r in self.data if isinstance(r, Normal) and r.parts[0][2] is not None]

    @cached_property
    def smoother(self) -> Smoother:
        """Rows: (rate, key, shape node) of all scaled rates."""
        shapes, values, places, moves, before = self.shape_count, [], [], [], 0
        for source in self._sources:
            logs = source.log_likelihood(self.story.endpoint, self.grid.nodes, self.shape_nodes)
            values.append(logs)
            places.append(before + np.arange(shapes) % len(logs))
            moves.append([np.broadcast_to(x, shapes) for x in (source.shift, source.blur)])
            before += len(logs)
        span = self.grid.step * self.grid.size
        rows = Rows(np.concatenate(places), *np.concatenate(moves, axis=1))
        return Smoother(self.grid, np.concatenate(values), self._exact, max(1.5, span / 4), rows)

    def rows_of(self, rate: Normal) -> np.ndarray:
        """Rows of the smoother that belong to a rate: key by key, each for every shape node."""
        before = 0
        for other in self.scaled_rates:
            size = len(self.data[other].keys) * self.shape_count
            if other is rate:
                return np.arange(before, before + size)
            before += size
        raise KeyError(rate.name)

    def _exact(self, number: int, eta: np.ndarray) -> np.ndarray:
        """Log likelihood of one of the smoother's sources at any eta."""
        for source in self._sources:
            size = 1 if source.translated else self.shape_count
            if number < size:
                shape = tuple(nodes[number : number + 1] for nodes in self.shape_nodes)
                values = source.log_likelihood(self.story.endpoint, eta.ravel(), shape)
                return values[0].reshape(eta.shape)
            number -= size
        raise IndexError(number)

    @cached_property
    def _sources(self) -> list[Source]:
        return [
            Source.of(self.story.endpoint, arms, self.shape_nodes)
            for rate in self.scaled_rates
            for arms in self.data[rate].keys
        ]

    @cached_property
    def tables(self) -> dict[Rate, np.ndarray]:
        """Log marginal likelihood of each rate's keys on the grid; shapes (keys, *dims or 1).

        Deep entries are repaired as `weights` finds that they matter.
        """
        return self._keeper.tables

    @property
    def depths(self) -> dict[Rate, np.ndarray]:
        """How far the tables' entries lie below their row's peak; 0 while they have all digits."""
        return self._keeper.depths

    def repair_tables(self) -> None:
        """Give every entry of the tables all its digits."""
        self._keeper.repair()

    def log_evidence(self) -> np.ndarray:
        """Log marginal likelihood of all arms in each cell."""
        self.log_weights(slice(0, self.cells))  # repairs what matters
        found = []
        for some in self.chunks():
            logs = self._log_prior(some) + self._log_evidence(some)
            found.append(np.logaddexp.reduce(logs.reshape(len(logs), -1), axis=1))
        return np.concatenate(found)

    @cached_property
    def _keeper(self) -> Any:
        from bayesips.engine.quadrature.tables import Tables

        return Tables(self)

    # -- posterior of the hyperparameters ------------------------------------------------------

    def log_weights(self, some: Cells, deeper: float = 0.0) -> np.ndarray:
        """Log posterior weight relative to each cell's peak; shape (cells, *dims).

        Table entries that matter to these cells and lack digits are repaired first; with `deeper`,
        also those that would matter with weights larger by a factor exp(deeper).
        """
        while True:
            logs = self._log_prior(some) + self._log_evidence(some)
            logs -= logs.reshape(len(logs), -1).max(axis=1).reshape(-1, *[1] * len(self.dims))
            if not self._keeper.repaired_for(logs + deeper if deeper else logs, some):
                self._note_ends(logs)
                return logs

    def log_weights_in_full(self, cell: int) -> np.ndarray:
        """The same of one cell, right also where weights are too small to matter to a sum."""
        if cell not in self.in_full:
            self.in_full[cell] = self.log_weights(slice(cell, cell + 1), DEEPER)
        return self.in_full[cell]

    def _log_prior(self, some: Cells) -> np.ndarray:
        """Log prior mass of the grid points, for each cell where hyperpriors are a batch."""
        total = np.zeros((1, *self.dims))
        for position, axis in enumerate(self.axes):
            shape = [-1, *[1] * len(self.axes)]
            shape[position + 1] = len(axis)
            mass = axis.log_mass if len(axis.log_mass) == 1 else axis.log_mass[some]
            total = total + mass.reshape(shape)
        return total

    def _log_evidence(self, some: Cells) -> np.ndarray:
        """Sum of the rates' tables: looked up for few cells, one matrix product for many."""
        count = self.count(some)
        if not self.tables:
            return np.zeros((count, *[1] * len(self.dims)))
        if count <= 4:  # noqa: PLR2004  a look-up beats a product
            parts = [table[self.data[rate].index[some]] for rate, table in self.tables.items()]
            return sum(parts[1:], parts[0]) + np.zeros((1, *self.dims))
        size = int(np.prod(self.dims))
        every = self.tables.items()
        rows = [np.broadcast_to(t, (len(t), *self.dims)).reshape(-1, size) for _, t in every]
        picks = [np.eye(len(t))[self.data[rate].index[some]] for rate, t in every]
        return (np.concatenate(picks, 1) @ np.concatenate(rows)).reshape(count, *self.dims)

    def count(self, some: Cells) -> int:
        """Number of cells chosen."""
        return len(range(*some.indices(self.cells))) if isinstance(some, slice) else len(some)

    def chunks(self) -> list[slice]:
        """Slices of cells that fit into memory."""
        length = max(1, CHUNK // max(1, int(np.prod(self.dims))))
        return [slice(i, min(i + length, self.cells)) for i in range(0, self.cells, length)]

    def weights(self, some: Cells) -> np.ndarray:
        """Posterior weights of the grid points, summing to 1 in each cell."""
        logs = self.log_weights(some)
        weights = np.exp(logs, out=logs)
        total = weights.reshape(len(weights), -1).sum(axis=1)
        weights /= total.reshape(-1, *[1] * len(self.dims))
        return weights

    def _note_ends(self, logs: np.ndarray) -> None:
        """Remember how much weight stands at the ends of each axis, over all cells seen."""
        for position, axis in enumerate(self.axes):
            line = np.moveaxis(logs, position + 1, -1)[..., [0, -1]]
            found = line.reshape(-1, 2).max(axis=0)
            self.ends[axis.name] = np.maximum(self.ends.get(axis.name, -np.inf), found)

    def log_marginals(self, some: Cells) -> dict[str, np.ndarray]:
        """For each axis, the largest log mass of its nodes over cells, relative to the peak."""
        mass = np.exp(self.log_weights(some))
        found = {}
        for position, axis in enumerate(self.axes):
            others = tuple(i + 1 for i in range(len(self.dims)) if i != position)
            with np.errstate(divide="ignore"):
                logs = np.log(mass.sum(axis=others))
            found[axis.name] = (logs - logs.max(axis=1, keepdims=True)).max(axis=0)
        return found
