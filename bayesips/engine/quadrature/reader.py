"""Reads a story at any resolution: chooses its axes, looks where the posterior is, reads there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from bayesips.engine.quadrature.axes import (
    Axis,
    even_axis,
    location_range,
    log_spacing,
    narrowed,
    panelled_axis,
    reaches_hard_end,
    segments,
    uneven_axis,
)
from bayesips.engine.quadrature.data import DistinctData, Width, distinct_data, width
from bayesips.engine.quadrature.hierarchy import Hierarchy
from bayesips.engine.quadrature.panels import Panels
from bayesips.engine.quadrature.region import Region, Resolution, reach, wider, wider_segment
from bayesips.engine.quadrature.sampled_cells import cells_to_look_at
from bayesips.engine.quadrature.story import Beta, Blend, Rate, Story
from bayesips.errors import NotSettled

MAX_AXES = 4
# First look: nodes on each uneven axis.
LOOK_COUNT = 12
LOOK_STEP = 0.7
# First look: nodes on an axis that is itself a rate (its prior reaches far into both tails).
LOOK_RATES = 160
# Further nodes of the shape where the control has the data themselves, no spread between.
UNSMOOTHED = 16
# Even nodes are never further apart than this, nor closer than the data can tell.
WIDEST_STEP = 0.2
# A spread between arms below this many joint widths of the likelihoods changes little.
FINEST = 2.5
# Panels of a location between hard ends are this many steps wide, at a first look and read.
LOOK_PANEL, PANEL = 16.0, 8.0
# An even axis ends where the posterior density is below exp(-this) of its peak.
MATTERS_EVEN = 27.0
# A reading whose weight at an axis' end is above exp(-this) of a cell's peak is done again, wider.
ENDS_MATTER = 20.0


@dataclass(frozen=True, eq=False)
class Reader:
    """Reads one Normal story at any resolution."""

    story: Story
    batch: tuple[int, ...]

    first_resolution: ClassVar[Resolution] = Resolution(LOOK_COUNT, LOOK_STEP)

    def first_region(self) -> Region:
        """As wide as the priors."""
        even, uneven = {}, {}
        for name, prior in self.story.hypers.items():
            finest = FINEST / max(self.width.sharpness, 1e-3)
            if self._is_even(name):
                even[name] = location_range(prior)
            else:
                uneven[name] = segments(prior, finest, polynomial=name in self.story.shares)
        return Region(even, uneven)

    def _sharpness(self, wide: Width) -> float:
        """Joint sharpness of the likelihoods and of the locations' priors: either may be narrow."""
        narrowest = [
            float(np.min(prior.numbers[1]))
            for name, prior in self.story.hypers.items()
            if prior.family == "normal" and self._is_even(name)
        ]
        return float(np.hypot(wide.sharpness, 1 / min(narrowest, default=np.inf)))

    def _is_even(self, name: str) -> bool:
        """Whether a hyperparameter gets even nodes: a location that is not a set of values."""
        prior = self.story.hypers[name]
        single = prior.family != "fixed" or not prior.batch_shape
        return name in self.story.locations and prior.family != "mixture" and single

    def _count(self, name: str, resolution: Resolution) -> int:
        """Nodes of an uneven axis: no look must miss the peak of a mean rate."""
        is_rate = self.story.hypers[name].family == "beta" and name not in self.story.shares
        if name in {value.name for value in self.story.shape}:
            powered = isinstance(self.story.control, Beta) and self.story.control.given
            return resolution.shape_count + (UNSMOOTHED if powered and not resolution.loose else 0)
        if resolution is self.first_resolution:
            return LOOK_RATES if is_rate else resolution.count
        return resolution.count * (2 if is_rate else 1)  # a rate's axis is long

    def hierarchy(self, region: Region, resolution: Resolution) -> Hierarchy:
        """The story read on given regions."""
        uneven = {
            name: uneven_axis(name, parts, self._count(name, resolution), self.batch)
            for name, parts in region.uneven.items()
        }
        wide = self.width_at(uneven)
        step = min(WIDEST_STEP, resolution.step / max(self._sharpness(wide), 1e-9))
        lattice = self._lattice()
        axes = [
            uneven[name]
            if name in uneven
            else self._location(name, region.even[name], step, lattice, resolution)
            for name in self.story.hypers
        ]
        return Hierarchy(self.story, self.data, axes, wide, step, lattice, self.batch)

    @cached_property
    def data(self) -> dict[Rate, DistinctData]:
        """Unique data of each observed rate."""
        return {
            rate: distinct_data(rate.observed, self.batch) for rate in rates_with_data(self.story)
        }

    @cached_property
    def width(self) -> Width:
        """Range and sharpness of the likelihoods, over the shape parameter's whole prior."""
        axes = {
            name: uneven_axis(name, segments(prior, 1.0, polynomial=False), 6, self.batch)
            for name, prior in self.story.hypers.items()
            if name in {value.name for value in self.story.shape}
        }
        return width(self.story.endpoint, self._all_data, self._shape_look(axes))

    def width_at(self, axes: dict[str, Axis]) -> Width:
        """The same over the shape parameter's nodes in use."""
        if not self.story.shape:
            return self.width
        return width(self.story.endpoint, self._all_data, self._shape_look(axes))

    @cached_property
    def _all_data(self) -> list[DistinctData]:
        """The same, and the arms that speak through powers or blends: integrals must see them."""
        others = [arm for arm in self.story.arms if not any(arm in r.observed for r in self.data)]
        return [*self.data.values(), *(distinct_data([arm], self.batch) for arm in others)]

    def _shape_look(self, axes: dict[str, Axis]) -> list[np.ndarray]:
        """A few nodes of the shape parameter, its ends among them."""
        every = [axes[str(value.name)].nodes for value in self.story.shape]
        return [nodes[np.linspace(0, len(nodes) - 1, 3).astype(int)] for nodes in every]

    def _lattice(self) -> float:
        """A point through which the even grid must pass: a fixed location, else 0."""
        for name in self.story.locations:
            prior = self.story.hypers[name]
            if prior.family == "fixed" and not prior.batch_shape:
                return float(prior.numbers[0])
        return 0.0

    def _location(
        self,
        name: str,
        ends: tuple[float, float],
        step: float,
        lattice: float,
        resolution: Resolution,
    ) -> Axis:
        """Nodes of a location: panels where it reaches a hard end of its prior, else even ones."""
        prior = self.story.hypers[name]
        if not reaches_hard_end(prior, ends):
            return self._even(name, ends, step, lattice)
        width = step * (LOOK_PANEL if resolution is self.first_resolution else PANEL)
        return panelled_axis(name, prior, Panels.no_wider(*ends, width), self.batch)

    def _even(self, name: str, ends: tuple[float, float], step: float, lattice: float) -> Axis:
        """Even nodes on a range, on the common lattice; one node for a fixed location."""
        prior = self.story.hypers[name]
        if prior.family == "fixed":
            axis = even_axis(name, prior, lattice, 1.0, 1, self.batch)
            return replace(axis, log_mass=np.zeros((1, 1)))
        first = int(np.floor((ends[0] - lattice) / step))
        count = int(np.ceil((ends[1] - lattice) / step)) - first + 1
        return even_axis(name, prior, lattice + first * step, step, count, self.batch)

    def narrow(self, look: Hierarchy, region: Region) -> Region:
        """The region in which the posterior of the cells looked at lies."""
        even, uneven = {}, {}
        marginals = look.log_marginals(cells_to_look_at(look))
        for axis in look.axes:
            logs = marginals[axis.name]
            if axis.name in region.even:
                alive = np.flatnonzero(logs > -MATTERS_EVEN)
                pad = 3 * look.step
                low, high = region.even[axis.name]
                even[axis.name] = (
                    max(low, float(axis.nodes[alive[0]]) - pad),
                    min(high, float(axis.nodes[alive[-1]]) + pad),
                )
            else:
                density = logs - log_spacing(axis)
                uneven[axis.name] = narrowed(
                    region.uneven[axis.name], axis, density - density.max()
                )
        return Region(even, uneven)

    def widened(self, read: Hierarchy, region: Region) -> Region | None:
        """A wider region, if a reading left weight at an end that is not the prior's own.

        Cells that were not looked at first may have their posterior there.
        """
        first, changed = self.first_region(), False
        even, uneven = dict(region.even), dict(region.uneven)
        for name, ends in read.ends.items():
            open_ends = ends > -ENDS_MATTER
            if self.story.hypers[name].family == "fixed":
                continue
            if name in even:
                farthest = reach(self.story.hypers[name], first.even[name])
                now = wider(even[name], farthest, open_ends)
                changed, even[name] = changed or now != even[name], now
            else:
                own = {id(part.prior): (part.low, part.high) for part in first.uneven[name]}
                parts = [
                    wider_segment(part, own[id(part.prior)], open_ends) for part in uneven[name]
                ]
                moved = any(
                    (a.low, a.high) != (b.low, b.high)
                    for a, b in zip(parts, uneven[name], strict=False)
                )
                changed, uneven[name] = changed or moved, parts if moved else uneven[name]
        return Region(even, uneven) if changed else None

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
        return self.narrow(self.hierarchy(region, self.first_resolution), region)


def rates_with_data(story: Story) -> list[Rate]:
    """Rates of the story that arms speak of directly: their tables live on the grid."""
    return [rate for rate in story.rates if rate.observed and not isinstance(rate, Blend)]
