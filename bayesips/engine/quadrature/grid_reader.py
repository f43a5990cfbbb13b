"""Reads a story at any effort: looks where the posterior is, then lays out a grid there."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from bayesips.distributions.priors import Prior
from bayesips.engine.quadrature.data import Keyed, Source, keyed
from bayesips.engine.quadrature.grid import Blocks, Grid, Window, points_of
from bayesips.engine.quadrature.hard_ends import Panels
from bayesips.engine.quadrature.hyperparameter_nodes import (
    FIRST_REACH,
    Nodes,
    Stretch,
    log_spacing,
    narrowed,
    nodes_of,
    stretches,
)
from bayesips.engine.quadrature.likelihood_tables import Line, Tables
from bayesips.engine.quadrature.likelihoods import Likelihood, likelihoods
from bayesips.engine.quadrature.normal_sums import Even
from bayesips.engine.quadrature.story import Beta, Blend, Normal, Rate, Story
from bayesips.engine.quadrature.windows import (
    Approximations,
    Lattice,
    moments,
    prior_ends,
    window,
)

MAX_AXES = 4
# First look: nodes on an axis that is itself a rate (its prior reaches far into both tails).
LOOK_RATES = 160
# Further nodes of the shape where the control has the data themselves, no spread between.
UNSMOOTHED = 16
# The lattice is never wider than this.
WIDEST_STEP = 0.25
# A spread between arms below this many joint widths of the likelihoods changes little.
FINEST = 2.5
# A window reaches so many standard deviations at first, and so many times farther each time that
# weight is found at its end.
REACH, FARTHER = 7.5, 1.5
# Weight above exp(-this) of a cell's peak at an end is too much.
ENDS_MATTER = 20.0
# A location is left out where its posterior is below exp(-this) of its peak.
DROP_LOCATION = 27.0
# So many cells are looked at first.
SAMPLE = 24
SHAPES_LOOKED_AT = 3


@dataclass(frozen=True)
class Effort:
    """How fine a reading is: nodes of each hyperparameter, and steps of a location.

    `shape` are the nodes of the endpoint's shape, of which history says little: a smooth prior
    with nothing at its ends needs few. `loose`: a few digits are enough.
    """

    count: int
    step: float
    shape: int = 0
    loose: bool = False

    @property
    def shape_count(self) -> int:
        """Nodes of the endpoint's shape; as many as of others where nothing is said."""
        return self.shape or self.count


@dataclass(frozen=True, eq=False)
class Region:
    """Where the posterior is: parts of each hyperparameter's prior, ends of the location's."""

    parts: dict[str, list[Stretch]]
    location: tuple[float, float] = (-np.inf, np.inf)
    reach: float = REACH


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
        ArithmeticError
            If there are several that belong together.
        """
        hypers = self.story.hypers
        found = [n for n in hypers if n in self.story.locations and hypers[n].family != "fixed"]
        if len(found) > 1:
            raise ArithmeticError(
                f"the story has {len(found)} unknown centres that belong together "
                f"({', '.join(found)}); the exact engine takes one: use engine='nuts'"
            )
        return found[0] if found else None

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
        return [[self._of_key(arms, nodes) for arms in each.keys] for each in data]

    def _of_key(self, arms: tuple, nodes: list[np.ndarray]) -> list[Line]:
        """Lines of one data set."""
        if not arms:
            return []
        count = len(nodes[0]) if nodes else 1
        source = Source.of(self.story.endpoint, arms, nodes)
        found: list[Likelihood] = likelihoods(self.story.endpoint, source, nodes)
        shift, blur = (np.broadcast_to(x, count) for x in (source.shift, source.blur))
        return [Line(found[k % len(found)], float(shift[k]), float(blur[k])) for k in range(count)]

    # -- where the posterior is -----------------------------------------------------------------

    @cached_property
    def sharpness(self) -> float:
        """Joint sharpness of all data, over the shape's whole prior."""
        few = [
            nodes_of(name, stretches(self.story.hypers[name], 1.0, polynomial=False), 7, self.batch)
            for name in self._shape_names
        ]
        return self._sharpness(self._lines(few, self._spoken))

    def _sharpness(self, lines: list[list[list[Line]]]) -> float:
        """Root of the largest information of every rate, added up."""
        total = [
            max((line.likelihood.information for key in rate for line in key), default=0.0)
            for rate in lines
        ]
        return float(np.sqrt(sum(total)))

    def first_region(self) -> Region:
        """As wide as the priors."""
        parts = {}
        for name, prior in self.story.hypers.items():
            if name != self.location:
                finest = FINEST / max(self._with_prior(self.sharpness), 1e-3)
                polynomial = name in self.story.shares
                parts[name] = stretches(prior, finest, polynomial=polynomial)
        return Region(parts)

    def _with_prior(self, sharpness: float) -> float:
        """Sharpness of the data and the location's prior together: either may be narrow."""
        sds = [
            float(np.min(prior.numbers[1])) for _, prior in self._priors if prior.family == "normal"
        ]
        return float(np.hypot(sharpness, 1 / min(sds, default=np.inf)))

    @property
    def _priors(self) -> list[tuple[float, Prior]]:
        """Parts of the location's prior."""
        if self.location is None:
            return []
        prior = self.story.hypers[self.location]
        return list(prior.numbers) if prior.family == "mixture" else [(1.0, prior)]

    def region(self) -> Region:
        """Where a first look, as wide as the priors, finds the posterior.

        Raises
        ------
        ArithmeticError
            If the story has more hyperparameters than quadrature can take.
        """
        if len(self.story.hypers) > MAX_AXES:
            raise ArithmeticError(
                f"the story has {len(self.story.hypers)} hyperparameters "
                f"({', '.join(self.story.hypers)}); the exact engine takes at most {MAX_AXES}: "
                "use engine='nuts'"
            )
        region = self.first_region()
        return self._narrow(self.grid(region, self.first_effort), region)

    def _narrow(self, look: Grid, region: Region) -> Region:
        """The region in which the posterior of some cells lies."""
        weights = look.weights(_sample(look))
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
            pad = max(_gap(w) for w in look.blocks.windows if w is not None)
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
            wide = [_wider(p, own[id(p.prior)], logs > -ENDS_MATTER) for p in region.parts[name]]
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
            raise ArithmeticError(
                f"the endpoint has {len(shape)} unknowns of its own; the exact engine takes one: "
                "use engine='nuts'"
            )
        lines = self._lines(shape, list(self.data.values()))
        others = self._lines(shape, self._spoken[len(self.data) :])
        sharpness = self._sharpness([*lines, *others])
        unit = min(WIDEST_STEP, effort.step / max(self._with_prior(sharpness), 1e-9))
        places, flat = _numbered(lines, len(shape[0]) if shape else 1)
        index = dict(zip(self.data, places, strict=True))
        combined = _combined(list(axes.values()))
        approximations = self._approximations(index, flat, combined)
        lattice = Lattice(0.0, unit, effort.step)
        priors, blocks = self._repeated(combined)
        windows = self._windows(region, approximations, lattice, combined)
        if windows is None:
            windows = [None] * len(blocks.place[0]) if blocks.place else [None]
        blocks = replace(blocks, priors=priors, windows=windows)
        tables = Tables(flat, unit, 0.0, self._span(flat))
        return Grid(self.story, self.data, index, shape, blocks, tables, sharpness, self.batch)

    def _count(self, name: str, effort: Effort) -> int:
        """Nodes of a hyperparameter: no look must miss the peak of a mean rate."""
        is_rate = self.story.hypers[name].family == "beta" and name not in self.story.shares
        if name in self._shape_names:
            powered = isinstance(self.story.control, Beta) and self.story.control.given
            return effort.shape_count + (UNSMOOTHED if powered and not effort.loose else 0)
        if effort is self.first_effort:
            return LOOK_RATES if is_rate else effort.count
        return effort.count * (2 if is_rate else 1)  # a rate's axis is long

    def _repeated(self, combined: Blocks) -> tuple[list[tuple[float, Prior]], Blocks]:
        """Blocks once for each part of the location's prior."""
        parts = max(1, len(self._priors))
        place = [np.tile(each, parts) for each in combined.place]
        count = len(place[0]) if place else 1
        if not combined.axes:
            count = parts
        logs = [(float(np.log(w)), prior) for w, prior in self._priors]
        priors = [each for each in logs for _ in range(count // parts)] if logs else []
        return priors, replace(combined, place=place, location=self.location)

    def _windows(
        self, region: Region, arms: Approximations, lattice: Lattice, combined: Blocks
    ) -> list[Window] | None:
        """Each block's window of the location, part by part of its prior."""
        if self.location is None:
            return None
        count = len(combined.place[0]) if combined.place else 1
        spread = np.min([np.full(count, np.inf), *arms.spreads], axis=0)
        found: list[Window] = []
        for _, prior in self._priors:
            if prior.family == "fixed":
                value = float(prior.numbers[0])
                found += [Even(value, lattice.unit, 1, 1)] * count
                continue
            low, high, widths, narrow = arms.given(prior, count)
            own = prior_ends(prior)
            if prior.family == "uniform":  # data beyond its ends put all mass next to them
                low, high = np.clip(low, *own), np.clip(high, *own)
            for block in range(count):
                ends = own
                if not self._mixed and np.isfinite(widths[block]):
                    reach = region.reach * widths[block]
                    ends = low[block] - reach, high[block] + reach
                ends = max(ends[0], region.location[0]), min(ends[1], region.location[1])
                if self._mixed and region.reach > REACH:
                    ends = own
                if ends[0] >= ends[1]:
                    ends = own
                found.append(window(prior, ends, narrow[block], spread[block], lattice))
        return found

    def _span(self, lines: list[Line]) -> tuple[float, float]:
        """Range, on the scale of the tables, from the lowest to the highest arm or prior mean."""
        if not lines:
            return 0.0, 0.0
        shifts = [line.shift for line in lines]
        own = [line.likelihood.centre for line in lines]
        places = [centre - shift for centre, shift in zip(own, shifts, strict=True)]
        for _, prior in self._priors:
            mean, sd = moments(prior)
            places += [] if sd is None else [float(np.min(mean)), float(np.max(mean))]
        low, high = min(places) + min(shifts), max(places) + max(shifts)
        return min(low, *own), max(high, *own)

    @cached_property
    def _mixed(self) -> bool:
        """Whether arms may not speak of the location, so that its posterior may be anywhere."""
        return self.whole or any(len(r.parts) > 1 for r in self.data if isinstance(r, Normal))

    def _approximations(
        self, index: dict[Rate, np.ndarray], lines: list[Line], combined: Blocks
    ) -> Approximations:
        """Every arm about the location as a Normal."""
        count = len(combined.place[0]) if combined.place else 1
        centres = np.array([each.likelihood.centre - each.shift for each in lines] + [0.0])
        variances = np.array(
            [1 / max(each.likelihood.information, 1e-12) + each.blur**2 for each in lines]
            + [np.inf]
        )
        found: tuple[list, list, list] = ([], [], [])
        for rate, places in index.items():
            if not isinstance(rate, Normal):
                continue
            own = [sd for _, centre, sd in rate.parts if centre.name == self.location]
            if self.location is None or not own:
                continue
            sds = [0.0 if sd is None else sd.of(combined.values) for sd in own]
            narrowest = np.min(np.broadcast_arrays(*sds), axis=0)
            of_cells = places[self.data[rate].index]
            found[0].append(centres[of_cells])
            found[1].append(variances[of_cells])
            found[2].append(np.broadcast_to(narrowest, (count,)))
        return Approximations(*found)


@dataclass(frozen=True)
class Ends:
    """Largest log weights at ends of nodes and of windows of the location, over a cell's peak."""

    nodes: dict[str, np.ndarray]
    location: float

    @classmethod
    def of(cls, grid: Grid, weights: np.ndarray) -> Ends:
        """In some cells' weights (cells, K, P)."""
        with np.errstate(divide="ignore"):
            found = {}
            for name, mass in grid.by_node(weights).items():
                logs = np.log(mass / mass.max(axis=1, keepdims=True)).max(axis=0)
                if grid.story.hypers[name].family != "fixed" and len(logs) > 1:
                    found[name] = logs[[0, -1]]
            return cls(found, _at_window_ends(grid, weights))

    def joined(self, other: Ends) -> Ends:
        """The larger ones, over two sets of cells."""
        nodes = {name: np.maximum(logs, other.nodes[name]) for name, logs in self.nodes.items()}
        return Ends(nodes, max(self.location, other.location))


def _gap(window_: Even | Panels) -> float:
    """How far beyond its points a window may matter."""
    return 3 * window_.step if isinstance(window_, Even) else 2 * window_.half


def _at_window_ends(grid: Grid, weights: np.ndarray) -> float:
    """Largest log weight at an end of a window that its prior does not end, over a cell's peak."""
    places = []
    for window_, part, (_, prior) in zip(
        grid.blocks.windows, grid.blocks.parts, grid.blocks.priors, strict=False
    ):
        if window_ is None or part.stop - part.start == 1:
            continue
        own = prior_ends(prior)
        points = points_of(window_)
        hard = isinstance(window_, Panels)
        if points[0] > own[0] and not (hard and window_.low <= own[0]):  # type: ignore[union-attr]  # panels
            places.append(part.start)
        if points[-1] < own[1] and not (hard and window_.high >= own[1]):  # type: ignore[union-attr]  # panels
            places.append(part.stop - 1)
    if not places:
        return -np.inf
    points = weights.sum(axis=1)
    found = points[:, places].max(axis=1) / points.max(axis=1)
    return float(np.log(np.maximum(found, 1e-300)).max())


def _wider(part: Stretch, own: tuple[float, float], open_ends: np.ndarray) -> Stretch:
    """A part of a prior grown by half of itself at each open end, within its reach."""
    if part.settled:
        return part
    grow = (part.high - part.low) / 2
    reach = _reach(part.prior, own)
    low = max(reach[0], part.low - grow) if open_ends[0] else part.low
    high = min(reach[1], part.high + grow) if open_ends[1] else part.high
    return replace(part, low=low, high=high)


def _reach(prior: Prior, first: tuple[float, float]) -> tuple[float, float]:
    """Ends, on the working scale, beyond which nothing can be: data may pull far into light tails.

    A light-tailed prior was cut where it has no mass of its own; data in conflict with it put the
    posterior there all the same.
    """
    if prior.family in ("normal", "lognormal"):
        return -np.inf, np.inf
    if prior.family in FIRST_REACH:
        return 0.0, np.inf
    return first


def _combined(axes: list[Nodes]) -> Blocks:
    """Every combination of nodes."""
    places = np.meshgrid(*[np.arange(len(axis)) for axis in axes], indexing="ij") if axes else []
    return Blocks(axes, [place.ravel() for place in places], None, [], [])


def _numbered(lines: list[list[list[Line]]], shapes: int) -> tuple[list[np.ndarray], list[Line]]:
    """Lines in a row, and for each rate which of them each data set has at each shape node."""
    flat: list[Line] = []
    known: dict[tuple[int, float, float], int] = {}
    places = []
    for rate in lines:
        index = np.full((len(rate), shapes), -1)
        for key, own in enumerate(rate):
            for node, line in enumerate(own):
                same = (id(line.likelihood), line.shift, line.blur)
                if same not in known:
                    known[same] = len(flat)
                    flat.append(line)
                index[key, node] = known[same]
        places.append(index)
    return places, flat


def _sample(grid: Grid) -> np.ndarray:
    """Some cells, and those with extreme data or hyperpriors."""
    if grid.cells <= SAMPLE:
        return np.arange(grid.cells)
    features = [axis.log_mass[:, [0, len(axis) // 2, -1]].T for axis in grid.axes]
    rates = []
    for data in grid.data.values():
        counts = [(arms[0].successes, arms[0].n) if arms else (0, 0) for arms in data.keys]
        table = np.array(counts, dtype=float)[data.index]
        rates.append((table[:, 0] + 0.5) / (table[:, 1] + 1))
    if rates:
        stacked = np.stack(rates)
        features += [stacked, stacked.mean(axis=0)[None], stacked.std(axis=0)[None]]
    rows = [row for block in features for row in block if len(row) == grid.cells]
    chosen = [index for row in rows for index in (np.argmin(row), np.argmax(row))]
    return np.unique([*chosen, *np.linspace(0, grid.cells - 1, SAMPLE).astype(int)])
