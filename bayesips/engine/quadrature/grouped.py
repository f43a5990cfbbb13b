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
from bayesips.engine.quadrature.data import DistinctData
from bayesips.engine.quadrature.group_tables import log_prior, log_table, on_grid
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
class Grouped:
    """One reading of every group, joined by the sum over who belongs where.

    Parameters
    ----------
    story : Story
        The whole.
    hierarchies : list of Hierarchy
        One for each group of unknowns, on common shape nodes.
    rates : list of dict
        From each rate of the whole story to its parts in each group.
    batch : tuple of int
    """

    story: Story
    hierarchies: list[Hierarchy]
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
    def data(self) -> dict[Rate, DistinctData]:
        """Unique data of each observed rate, the same in every group that it has parts in."""
        pairs = list(zip(self.hierarchies, self.rates, strict=True))
        return {
            rate: next(hierarchy.data[rates[rate]] for hierarchy, rates in pairs if rate in rates)
            for rate in self.observed
        }

    @property
    def axes(self) -> list[Axis]:
        """Those of every group."""
        return [axis for hierarchy in self.hierarchies for axis in hierarchy.axes]

    @property
    def step(self) -> float:
        """Spacing of the finest link-scale grid."""
        return min(hierarchy.step for hierarchy in self.hierarchies)

    @property
    def lattice(self) -> float:
        """A point of the link-scale grid."""
        return self.hierarchies[0].lattice

    @property
    def shape_nodes(self) -> tuple[np.ndarray, ...]:
        """Nodes of the shape parameter, or nothing."""
        return self.hierarchies[0].shape_nodes

    @property
    def shape_count(self) -> int:
        """Number of shape nodes, 1 without a shape parameter."""
        return self.hierarchies[0].shape_count

    def chunks(self) -> list[slice]:
        """Slices of cells that fit into memory."""
        points = max(int(np.prod(hierarchy.dims)) for hierarchy in self.hierarchies)
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
                for hierarchy in self.hierarchies:
                    hierarchy.repair_tables()
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

    hierarchy: Grouped
    groups: list[Membership]
    log_scale: np.ndarray  # (cells,)

    @property
    def choices(self) -> Choices:
        """Each cell's data set of each arm, the same for all groups."""
        return self.groups[0].choices

    @cached_property
    def logs(self) -> np.ndarray:
        """`log_shape` of every cell, cells that differ by a permutation of identical arms once."""
        if any(len(axis.log_mass) > 1 for axis in self.hierarchy.axes):  # a prior for each cell
            return self.log_shape(np.arange(self.hierarchy.cells))
        choices, place = self.choices.distinct
        groups = [replace(group, choices=choices) for group in self.groups]
        scale = np.empty(len(choices.index))
        scale[place] = self.log_scale
        sums = replace(self, groups=groups, log_scale=scale)
        return sums.log_shape(np.arange(len(scale)))[:, place]

    @classmethod
    def of(
        cls, hierarchy: Grouped, arms: list[Rate], choices: Choices, noise: float = 0.0
    ) -> _Sums:
        """With tables scaled so that an arm by itself has evidence of about 1."""
        priors = [log_prior(each) for each in hierarchy.hierarchies]
        tables: list[list[np.ndarray]] = [[] for _ in hierarchy.hierarchies]
        scale = np.zeros(hierarchy.cells)
        for place, rate in enumerate(arms):
            found = [
                log_table(each, rates.get(rate), noise)
                for each, rates in zip(hierarchy.hierarchies, hierarchy.rates, strict=True)
            ]
            tops = log_alone(found, priors)
            scale += tops[choices.index[:, place]]
            for own, logs, prior in zip(tables, found, priors, strict=True):
                shape = (hierarchy.shape_count, len(tops), prior.shape[1])
                own.append(with_ones(logs, tops, shape))
        if choices.alike is None:
            choices = replace(choices, alike=alike_arms(tables))
        groups = [Membership(p, t, choices) for p, t in zip(priors, tables, strict=True)]
        return cls(hierarchy, groups, scale)

    def evidence(self, cells: np.ndarray) -> list[np.ndarray]:
        """Of each group, each subset of arms, shape node and cell."""
        shapes = self.hierarchy.shape_count
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
        hierarchy = self.hierarchy.hierarchies[0]
        if hierarchy.shape_axis is None:
            return np.zeros((1, 1))
        mass = hierarchy.axes[hierarchy.shape_axis].log_mass
        return (mass if len(mass) == 1 else mass[cells]).T

    def weights(self, cells: np.ndarray) -> list[np.ndarray]:
        """Posterior weights of each group's grid points; (cells, *dims)."""
        self.log_shape(cells)  # refuses what cannot be summed
        evidence = self.evidence(cells)
        shape = np.broadcast_to(np.exp(self._log_shape_prior(cells)), evidence[0].shape[1:])
        found = []
        for number, (group, hierarchy) in enumerate(
            zip(self.groups, self.hierarchy.hierarchies, strict=True)
        ):
            rest = others(evidence, number)[::-1] * shape
            rows = [group.weights(int(cell), rest[..., i]) for i, cell in enumerate(cells)]
            found.append(np.stack([on_grid(hierarchy, row / row.sum()) for row in rows]))
        return found
