"""A story read on a flat grid of points: nodes, prior mass, likelihoods, posterior weights.

The grid is a list of blocks, one for each combination of nodes of the hyperparameters that are no
location; each block has its own window of the location. All blocks end to end are P points, each
taken at K nodes of the endpoint's shape: every array here is (..., K or 1, P).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from bayesips.distributions.mathematics import log_add
from bayesips.distributions.priors import Prior
from bayesips.engine.quadrature.data import Keyed
from bayesips.engine.quadrature.hard_ends import Panels
from bayesips.engine.quadrature.hyperparameter_nodes import Nodes, log_prior
from bayesips.engine.quadrature.likelihood_tables import Tables
from bayesips.engine.quadrature.normal_sums import Even
from bayesips.engine.quadrature.story import Beta, Normal, Rate, Story, Value

# Numbers held at once while cells are worked through.
CHUNK = 12_000_000
Window = Even | Panels | None
Cells = slice | np.ndarray
# The coarser rule of a location.
LOCATION = "location"


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
    """

    story: Story
    data: dict[Rate, Keyed]
    lines: dict[Rate, np.ndarray]
    shape: list[Nodes]
    blocks: Blocks
    likelihoods: Tables
    sharpness: float
    batch: tuple[int, ...]
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
                mass = mass + np.log(window.step if even else window.weights)
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
            every = [_thinned(w) for w in blocks.windows if w is not None]
            found[LOCATION] = np.concatenate(every)[None]
        return found

    # -- likelihood ---------------------------------------------------------------------------

    @cached_property
    def tables(self) -> dict[Rate, np.ndarray]:
        """Log marginal likelihood of each rate's data sets; (keys, K or 1, P or 1) each."""
        from bayesips.engine.quadrature.beta_rates import log_evidence

        found = log_evidence(self)
        for rate in self.data:
            if isinstance(rate, Normal):
                found[rate] = self._normal(rate)
        assert not any(isinstance(rate, Beta) and rate not in found for rate in self.data)
        return {rate: found[rate] for rate in self.data}

    def _normal(self, rate: Normal) -> np.ndarray:
        """Table of a mixture of Normals."""
        parts = []
        for weight, centre, normals in about_one_centre(rate):
            table = self._averaged(rate, centre, normals)
            with np.errstate(divide="ignore"):
                parts.append(np.log(self.at(weight)) + table)
        return parts[0] if len(parts) == 1 else functools.reduce(log_add, parts)

    def _averaged(
        self, rate: Normal, centre: Value, normals: Sequence[tuple[float, Value | None]]
    ) -> np.ndarray:
        """Log likelihood of a rate's data sets averaged over Normals about one centre."""
        sds, weights = self.spreads(normals), np.array([weight for weight, _ in normals])
        on_location = centre.name is not None and centre.name == self.blocks.location
        middles = None if on_location else self.centre(rate, centre)
        if middles is not None:
            count = max(len(sds), len(middles))
            sds = np.broadcast_to(sds, (count, sds.shape[1]))
            middles = np.broadcast_to(middles, (count,))
        key = (centre.name, sds.tobytes(), weights.tobytes(), str(middles))
        lines = np.unique(self.lines[rate])
        size = self.size if on_location else len(sds)
        if key not in self.kept:
            self.kept[key] = np.full((len(self.likelihoods.lines) + 1, size), np.nan)
        table = self.kept[key]
        new = lines[np.isnan(table[lines, 0])]
        wanted = new[new >= 0]
        if len(wanted) and on_location:
            self._fill(table, self._together(centre, wanted, key), sds, weights)
        elif len(wanted):
            assert middles is not None
            for block, (sd, middle) in enumerate(zip(sds, middles, strict=True)):
                at = np.array([middle])
                table[wanted, block] = self.likelihoods.averaged(wanted, sd, weights, at)[:, 0]
        table[-1] = 0.0  # no data
        found = table[self.lines[rate]]
        if on_location or len(sds) == 1:
            return found
        return found[..., self.blocks.owner]

    def _together(self, centre: Value, wanted: np.ndarray, key: Any) -> np.ndarray:
        """Lines of all rates that have the same Normals: they are averaged in one go."""
        every = [wanted]
        for other in self.data:
            if isinstance(other, Normal):
                for _, middle, normals in about_one_centre(other):
                    sds = self.spreads(normals)
                    weights = np.array([weight for weight, _ in normals])
                    if (middle.name, sds.tobytes(), weights.tobytes()) == key[:3]:
                        every.append(self.lines[other].ravel())
        lines = np.unique(np.concatenate(every))
        return lines[lines >= 0]

    def _fill(
        self, table: np.ndarray, lines: np.ndarray, sds: np.ndarray, weights: np.ndarray
    ) -> None:
        """Average lines about every point of the location."""
        sds = np.broadcast_to(sds, (len(self.blocks.windows), sds.shape[1]))
        for window, sd, part in zip(self.blocks.windows, sds, self.blocks.parts, strict=True):
            targets = window if isinstance(window, Even) else window.nodes  # type: ignore[union-attr]  # has one
            table[lines, part] = self.likelihoods.averaged(lines, sd, weights, targets)

    def spreads(self, normals: Sequence[tuple[float, Value | None]]) -> np.ndarray:
        """Sds of some Normals in every block, (B or 1, J)."""
        found = [0.0 if sd is None else sd.of(self.blocks.values) for _, sd in normals]
        return np.stack(np.broadcast_arrays(*map(np.atleast_1d, found)), axis=-1).astype(float)

    def centre(self, rate: Rate, value: Value) -> np.ndarray:
        """A centre that is no location, in every block, (B,).

        Raises
        ------
        ArithmeticError
            If it is a sum of unknowns.
        """
        if value.name is None and value.uses:
            raise ArithmeticError(
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


def about_one_centre(rate: Normal) -> list[tuple[Value, Value, list[tuple[float, Value | None]]]]:
    """Parts of a rate (weight, centre, Normals): those of fixed weights about one unknown joined.

    Their sum is averaged in one go, whatever their number.
    """
    from bayesips.engine.quadrature.story import constant

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


def _thinned(window: Even | Panels) -> np.ndarray:
    """Factors of a trapezoid rule on every second point."""
    if not isinstance(window, Even) or window.count == 1:
        return np.ones(len(points_of(window)))
    return np.where(np.arange(window.count) % 2 == 0, 2.0, 0.0)
