"""Reads a story at any effort: looks where the posterior is, then lays out a grid there."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from bayesips.engine.quadrature.blocks import Blocks
from bayesips.engine.quadrature.data import Keyed, keyed
from bayesips.engine.quadrature.grid import Grid
from bayesips.engine.quadrature.hyperparameter_nodes import (
    Nodes,
    log_spacing,
    narrowed,
    nodes_of,
    stretches,
)
from bayesips.engine.quadrature.likelihood_tables import Line, Tables
from bayesips.engine.quadrature.lines import joint_sharpness, lines_of, numbered
from bayesips.engine.quadrature.location import Location
from bayesips.engine.quadrature.rate_tables import tables_of
from bayesips.engine.quadrature.region import Effort, Ends, Region, gap, some_cells, wider
from bayesips.engine.quadrature.story import Beta, Blend, Rate, Story
from bayesips.engine.quadrature.windows import (
    Lattice,
)
from bayesips.errors import NotSettled

MAX_AXES = 4
# First look: nodes on an axis that is itself a rate (its prior reaches far into both tails).
LOOK_RATES = 160
# Further nodes of the shape where the control has the data themselves, no spread between.
UNSMOOTHED = 16
# The lattice is never wider than this.
WIDEST_STEP = 0.25
# A spread between arms below this many joint widths of the likelihoods changes little.
FINEST = 2.5
# A window reaches so many times farther each time that weight is found at its end.
FARTHER = 1.5
# Weight above exp(-this) of a cell's peak at an end is too much.
ENDS_MATTER = 20.0
# A location is left out where its posterior is below exp(-this) of its peak.
DROP_LOCATION = 27.0


@dataclass(frozen=True, eq=False)
class Reader:
    """Reads one story.

    Parameters
    ----------
    story : Story
    batch : tuple of int
    whole : bool
        Whether a location keeps the whole range of its prior.
    """

    story: Story
    batch: tuple[int, ...]
    whole: bool = False

    first_effort: ClassVar[Effort] = Effort(13, 0.9, 13)

    # -- what the story is made of --------------------------------------------------------------

    @cached_property
    def location(self) -> str | None:
        """The unknown around which rates are Normal; a known one is not a location.

        Raises
        ------
        NotSettled
            If there are several that belong together.
        """
        hypers = self.story.hypers
        found = [n for n in hypers if n in self.story.locations and hypers[n].family != "fixed"]
        if len(found) > 1:
            raise NotSettled(
                f"the story has {len(found)} unknown centres that belong together "
                f"({', '.join(found)}); the exact engine takes one: use engine='nuts'"
            )
        return found[0] if found else None

    @cached_property
    def around(self) -> Location:
        """Its prior and its windows."""
        return Location(self.story, self.data, self.location, self.whole)

    @cached_property
    def _shape_names(self) -> list[str]:
        return [str(value.name) for value in self.story.shape]

    @cached_property
    def data(self) -> dict[Rate, Keyed]:
        """Unique data of each observed rate that is no blend."""
        rates = [r for r in self.story.rates if r.observed and not isinstance(r, Blend)]
        return {rate: keyed(rate.observed, self.batch) for rate in rates}

    @cached_property
    def _spoken(self) -> list[Keyed]:
        """All data: those of rates, and of arms that speak through powers or blends."""
        others = [arm for arm in self.story.arms if not any(arm in r.observed for r in self.data)]
        return [*self.data.values(), *(keyed([arm], self.batch) for arm in others)]

    def _lines(self, shape: list[Nodes], data: Sequence[Keyed]) -> list[list[list[Line]]]:
        """Lines of each data set of each rate: one for each node of the shape; none for no data."""
        nodes = [axis.values for axis in shape]
        return [[lines_of(self.story.endpoint, arms, nodes) for arms in each.keys] for each in data]

    # -- where the posterior is -----------------------------------------------------------------

    @cached_property
    def sharpness(self) -> float:
        """Joint sharpness of all data, over the shape's whole prior."""
        few = [
            nodes_of(name, stretches(self.story.hypers[name], 1.0, polynomial=False), 7, self.batch)
            for name in self._shape_names
        ]
        return joint_sharpness(self._lines(few, self._spoken))

    def first_region(self) -> Region:
        """As wide as the priors."""
        parts = {}
        for name, prior in self.story.hypers.items():
            if name != self.location:
                finest = FINEST / max(self.around.with_prior(self.sharpness), 1e-3)
                polynomial = name in self.story.shares
                parts[name] = stretches(prior, finest, polynomial=polynomial)
        return Region(parts)

    def region(self) -> Region:
        """Where a first look, as wide as the priors, finds the posterior.

        Raises
        ------
        NotSettled
            If the story has more hyperparameters than quadrature can take.
        """
        if len(self.story.hypers) > MAX_AXES:
            raise NotSettled(
                f"the story has {len(self.story.hypers)} hyperparameters "
                f"({', '.join(self.story.hypers)}); the exact engine takes at most {MAX_AXES}: "
                "use engine='nuts'"
            )
        region = self.first_region()
        return self._narrow(self.grid(region, self.first_effort), region)

    def _narrow(self, look: Grid, region: Region) -> Region:
        """The region in which the posterior of some cells lies."""
        weights = look.weights(some_cells(look))
        parts = {}
        with np.errstate(divide="ignore"):
            masses = {name: np.log(mass) for name, mass in look.by_node(weights).items()}
            heaviest = np.log(weights.sum(axis=1).max(axis=0))
        for axis in look.axes:
            logs = masses[axis.name]
            density = (logs - logs.max(axis=1, keepdims=True)).max(axis=0) - log_spacing(axis)
            parts[axis.name] = narrowed(region.parts[axis.name], axis, density - density.max())
        ends = region.location
        if look.blocks.location is not None and not self.whole:
            alive = look.places[heaviest > heaviest.max() - DROP_LOCATION]
            pad = max(gap(w) for w in look.blocks.windows if w is not None)
            ends = float(alive.min()) - pad, float(alive.max()) + pad
        return Region(parts, ends, region.reach)

    def widened(self, region: Region, grid: Grid) -> Region | None:
        """A wider region, if weight was left at an end that is not the prior's own.

        Cells that were not looked at first may have their posterior there.
        """
        every = [Ends.of(grid, grid.weights(some)) for some in grid.chunks()]
        ends = functools.reduce(Ends.joined, every)
        first, parts, changed = self.first_region(), dict(region.parts), False
        for name, logs in ends.nodes.items():
            own = {id(part.prior): (part.low, part.high) for part in first.parts[name]}
            wide = [wider(p, own[id(p.prior)], logs > -ENDS_MATTER) for p in region.parts[name]]
            before = [(p.low, p.high) for p in region.parts[name]]
            if [(p.low, p.high) for p in wide] != before:
                parts[name], changed = wide, True
        if ends.location > -ENDS_MATTER:
            return Region(parts, (-np.inf, np.inf), region.reach * FARTHER)
        return replace(region, parts=parts) if changed else None

    # -- one reading ----------------------------------------------------------------------------

    def grid(self, region: Region, effort: Effort) -> Grid:
        """The story read on a region."""
        axes = {
            name: nodes_of(name, parts, self._count(name, effort), self.batch)
            for name, parts in region.parts.items()
        }
        shape = [axes.pop(name) for name in self._shape_names]
        if len(shape) > 1:
            raise NotSettled(
                f"the endpoint has {len(shape)} unknowns of its own; the exact engine takes one: "
                "use engine='nuts'"
            )
        lines = self._lines(shape, list(self.data.values()))
        others = self._lines(shape, self._spoken[len(self.data) :])
        sharpness = joint_sharpness([*lines, *others])
        unit = min(WIDEST_STEP, effort.step / max(self.around.with_prior(sharpness), 1e-9))
        places, flat = numbered(lines, len(shape[0]) if shape else 1)
        index = dict(zip(self.data, places, strict=True))
        combined = _combined(list(axes.values()))
        approximations = self.around.approximations(index, flat, combined)
        lattice = Lattice(0.0, unit, effort.step)
        priors, blocks = self.around.repeated(combined)
        windows = self.around.windows(region, approximations, lattice, combined)
        if windows is None:
            windows = [None] * len(blocks.place[0]) if blocks.place else [None]
        blocks = replace(blocks, priors=priors, windows=windows)
        tables = Tables(flat, unit, 0.0, self.around.span(flat))
        return Grid(
            self.story,
            self.data,
            index,
            shape,
            blocks,
            tables,
            sharpness,
            self.batch,
            tables_of,
        )

    def _count(self, name: str, effort: Effort) -> int:
        """Nodes of a hyperparameter: no look must miss the peak of a mean rate."""
        is_rate = self.story.hypers[name].family == "beta" and name not in self.story.shares
        if name in self._shape_names:
            powered = isinstance(self.story.control, Beta) and self.story.control.given
            return effort.shape_count + (UNSMOOTHED if powered and not effort.loose else 0)
        if effort is self.first_effort:
            return LOOK_RATES if is_rate else effort.count
        return effort.count * (2 if is_rate else 1)  # a rate's axis is long


def _combined(axes: list[Nodes]) -> Blocks:
    """Every combination of nodes."""
    places = np.meshgrid(*[np.arange(len(axis)) for axis in axes], indexing="ij") if axes else []
    return Blocks(axes, [place.ravel() for place in places], None, [], [])
