"""Mixtures whose parts have unknowns of their own, as in EXNEX of several parts: one reading.

A joint grid of all unknowns would be hopeless. Each group of unknowns has its own, and the sum over
who belongs to which part joins them. The shape of survival, common to all groups, is conditioned
on node by node.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from bayesips.engine.quadrature.axes import Axis
from bayesips.engine.quadrature.data import Keyed
from bayesips.engine.quadrature.hierarchy import CHUNK, Hierarchy
from bayesips.engine.quadrature.memberships import (
    Choices,
    Membership,
    alike_arms,
    log_alone,
    others,
    with_ones,
)
from bayesips.engine.quadrature.story import Normal, Rate, Story
from bayesips.errors import NotSettled

# Entries of the tables below 1e-6 of a row's peak are right to this part of the peak ...
ROUNDED = 1e-14
# ... and are summed anew where that could change the evidence by more than this part.
HARMFUL = 1e-10


@dataclass(frozen=True, eq=False)
class Parted:
    """One reading of every group, joined by the sum over who belongs where.

    Parameters
    ----------
    story : Story
        The whole.
    homes : list of Hierarchy
        One for each group of unknowns, on common shape nodes.
    rates : list of dict
        From each rate of the whole story to its parts in each group.
    batch : tuple of int
    """

    story: Story
    homes: list[Hierarchy]
    rates: list[dict[Rate, Normal]]
    batch: tuple[int, ...]
    kept: dict[tuple[str, ...], _Sums] = field(default_factory=dict)

    @property
    def cells(self) -> int:
        """Number of cells."""
        return int(np.prod(self.batch, dtype=int))

    @cached_property
    def observed(self) -> list[Rate]:
        """Rates that arms speak of."""
        return [rate for rate in self.story.rates if rate.observed]

    @cached_property
    def data(self) -> dict[Rate, Keyed]:
        """Unique data of each observed rate, the same in every group that it has parts in."""
        pairs = list(zip(self.homes, self.rates, strict=True))
        return {
            rate: next(home.data[rates[rate]] for home, rates in pairs if rate in rates)
            for rate in self.observed
        }

    @property
    def axes(self) -> list[Axis]:
        """Those of every group."""
        return [axis for home in self.homes for axis in home.axes]

    @property
    def step(self) -> float:
        """Spacing of the finest link-scale grid."""
        return min(home.step for home in self.homes)

    @property
    def lattice(self) -> float:
        """A point of the link-scale grid."""
        return self.homes[0].lattice

    @property
    def shape_nodes(self) -> tuple[np.ndarray, ...]:
        """Nodes of the shape parameter, or nothing."""
        return self.homes[0].shape_nodes

    @property
    def shape_count(self) -> int:
        """Number of shape nodes, 1 without a shape parameter."""
        return self.homes[0].shape_count

    def chunks(self) -> list[slice]:
        """Slices of cells that fit into memory."""
        points = max(int(np.prod(home.dims)) for home in self.homes)
        length = max(1, CHUNK // max(1, points))
        return [slice(i, min(i + length, self.cells)) for i in range(0, self.cells, length)]

    def log_evidence(self) -> np.ndarray:
        """Log marginal likelihood of all arms in each cell."""
        return np.asarray(np.logaddexp.reduce(self.log_shape, axis=0))

    @property
    def log_shape(self) -> np.ndarray:
        """Log of the joint of each shape node and the data; (K, cells)."""
        return self._sums(self.observed).logs

    def weights(self, some: slice, without: Rate | None = None) -> list[np.ndarray]:
        """Posterior weights of each group's grid points, summing to 1; (cells, *dims).

        `without` a rate: before its own data.
        """
        arms = [rate for rate in self.observed if rate is not without]
        return self._sums(arms).weights(np.arange(self.cells)[some])

    def _sums(self, arms: list[Rate]) -> _Sums:
        """The sum over divisions of some arms, its tables repaired where rounding could matter."""
        key = tuple(rate.name for rate in arms)
        if key not in self.kept:
            index = [self.data[rate].index for rate in arms]
            choices = Choices(np.array(index, dtype=int).reshape(len(arms), self.cells).T)
            self.kept[key] = _Sums.of(self, arms, choices)
            if self._harmed(arms, self.kept[key]):
                for home in self.homes:
                    home.repair_tables()
                self.kept[key] = _Sums.of(self, arms, self.kept[key].choices)
        return self.kept[key]

    def _harmed(self, arms: list[Rate], plain: _Sums) -> bool:
        """Whether entries of the tables that lack digits could be felt in any cell."""
        noisy = _Sums.of(self, arms, plain.choices, ROUNDED)
        before, after = (np.logaddexp.reduce(sums.logs, axis=0) for sums in (plain, noisy))
        return bool(np.any(after - before > HARMFUL))


@dataclass(frozen=True, eq=False)
class _Sums:
    """Sums over the divisions of some arms among a reading's groups."""

    home: Parted
    groups: list[Membership]
    log_scale: np.ndarray  # (cells,)

    @property
    def choices(self) -> Choices:
        """Each cell's data set of each arm, the same for all groups."""
        return self.groups[0].choices

    @cached_property
    def logs(self) -> np.ndarray:
        """`log_shape` of every cell, each exchange of alike arms summed once."""
        if any(len(axis.log_mass) > 1 for axis in self.home.axes):  # a prior for each cell
            return self.log_shape(np.arange(self.home.cells))
        choices, place = self.choices.distinct
        groups = [replace(group, choices=choices) for group in self.groups]
        scale = np.empty(len(choices.index))
        scale[place] = self.log_scale
        sums = replace(self, groups=groups, log_scale=scale)
        return sums.log_shape(np.arange(len(scale)))[:, place]

    @classmethod
    def of(cls, home: Parted, arms: list[Rate], choices: Choices, noise: float = 0.0) -> _Sums:
        """With tables scaled so that an arm by itself has evidence of about 1."""
        priors = [_log_prior(each) for each in home.homes]
        tables: list[list[np.ndarray]] = [[] for _ in home.homes]
        scale = np.zeros(home.cells)
        for place, rate in enumerate(arms):
            found = [
                _log_table(each, rates.get(rate), noise)
                for each, rates in zip(home.homes, home.rates, strict=True)
            ]
            tops = log_alone(found, priors)
            scale += tops[choices.index[:, place]]
            for own, logs, prior in zip(tables, found, priors, strict=True):
                shape = (home.shape_count, len(tops), prior.shape[1])
                own.append(with_ones(logs, tops, shape))
        if choices.alike is None:
            choices = replace(choices, alike=alike_arms(tables))
        groups = [Membership(p, t, choices) for p, t in zip(priors, tables, strict=True)]
        return cls(home, groups, scale)

    def evidence(self, cells: np.ndarray) -> list[np.ndarray]:
        """Of each group, each subset of arms, shape node and cell."""
        shapes = self.home.shape_count
        found = [group.evidence(cells) for group in self.groups]
        return [np.broadcast_to(z, (len(z), shapes, len(cells))) for z in found]

    def log_shape(self, cells: np.ndarray) -> np.ndarray:
        """Log of the joint of shape node and data.

        Raises
        ------
        NotSettled
            If the numbers leave the range of floating point.
        """
        evidence = self.evidence(cells)
        total = (evidence[0] * others(evidence, 0)[::-1]).sum(axis=0)
        peak = total.max(axis=0)
        if not np.all(np.isfinite(peak) & (peak > 0)):
            raise NotSettled(
                "the arms contradict every part so strongly that their sum leaves the range of "
                "floating point: use engine='nuts'"
            )
        with np.errstate(divide="ignore"):
            return np.log(total) + self._log_shape_prior(cells) + self.log_scale[cells]

    def _log_shape_prior(self, cells: np.ndarray) -> np.ndarray:
        """Log prior mass of the shape nodes; (K, cells or 1)."""
        home = self.home.homes[0]
        if home.shape_axis is None:
            return np.zeros((1, 1))
        mass = home.axes[home.shape_axis].log_mass
        return (mass if len(mass) == 1 else mass[cells]).T

    def weights(self, cells: np.ndarray) -> list[np.ndarray]:
        """Posterior weights of each group's grid points; (cells, *dims)."""
        self.log_shape(cells)  # refuses what cannot be summed
        evidence = self.evidence(cells)
        shape = np.broadcast_to(np.exp(self._log_shape_prior(cells)), evidence[0].shape[1:])
        found = []
        for number, (group, home) in enumerate(zip(self.groups, self.home.homes, strict=True)):
            rest = others(evidence, number)[::-1] * shape
            rows = [group.weights(int(cell), rest[..., i]) for i, cell in enumerate(cells)]
            found.append(np.stack([_on_grid(home, row / row.sum()) for row in rows]))
        return found


def _log_prior(home: Hierarchy) -> np.ndarray:
    """Log prior mass of a group's grid points, the shape left out; (rows, N)."""
    total = np.zeros((1, 1))
    for position, axis in enumerate(home.axes):
        if position != home.shape_axis:
            total = (total[:, :, None] + axis.log_mass[:, None, :]).reshape(
                max(len(total), len(axis.log_mass)), -1
            )
    return total


def _log_table(home: Hierarchy, rate: Normal | None, noise: float) -> np.ndarray | None:
    """An arm's table as (K, keys, N), what lacks digits raised by its `noise`; None: no part."""
    if rate is None:
        return None
    logs, depth = home.tables[rate], home.depths[rate]
    if noise:
        logs = logs + np.where(depth < 0, np.log1p(noise * np.exp(-depth)), 0.0)
    full = np.broadcast_to(logs, (len(logs), *home.dims))
    if home.shape_axis is None:
        return full.reshape(1, len(full), -1)
    return np.moveaxis(full, home.shape_axis + 1, 0).reshape(home.shape_count, len(full), -1)


def _on_grid(home: Hierarchy, weights: np.ndarray) -> np.ndarray:
    """(K, N) as the group's grid."""
    if home.shape_axis is None:
        return weights.reshape(home.dims)
    rest = [size for position, size in enumerate(home.dims) if position != home.shape_axis]
    return np.moveaxis(weights.reshape(len(weights), *rest), 0, home.shape_axis)
