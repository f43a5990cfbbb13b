"""The location of a story: its prior, and its window in every block of a grid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bayesips.distributions.priors import Prior
from bayesips.engine.quadrature.blocks import Blocks, Window
from bayesips.engine.quadrature.data import Keyed
from bayesips.engine.quadrature.likelihood_tables import Line
from bayesips.engine.quadrature.normal_sums import Even
from bayesips.engine.quadrature.region import REACH, Region
from bayesips.engine.quadrature.story import Normal, Rate, Story
from bayesips.engine.quadrature.windows import (
    Approximations,
    Lattice,
    moments,
    prior_ends,
    window,
)


@dataclass(frozen=True, eq=False)
class Location:
    """The unknown around which rates are Normal, if there is one.

    Parameters
    ----------
    story : Story
    data : dict of Rate to Keyed
    name : str or None
    whole : bool
        Whether it keeps the whole range of its prior.
    """

    story: Story
    data: dict[Rate, Keyed]
    name: str | None
    whole: bool

    @property
    def priors(self) -> list[tuple[float, Prior]]:
        """Parts of the location's prior."""
        if self.name is None:
            return []
        prior = self.story.hypers[self.name]
        return list(prior.numbers) if prior.family == "mixture" else [(1.0, prior)]

    def with_prior(self, sharpness: float) -> float:
        """Sharpness of the data and the location's prior together: either may be narrow."""
        sds = [
            float(np.min(prior.numbers[1])) for _, prior in self.priors if prior.family == "normal"
        ]
        return float(np.hypot(sharpness, 1 / min(sds, default=np.inf)))

    def repeated(self, combined: Blocks) -> tuple[list[tuple[float, Prior]], Blocks]:
        """Blocks once for each part of the location's prior."""
        parts = max(1, len(self.priors))
        place = [np.tile(each, parts) for each in combined.place]
        count = len(place[0]) if place else 1
        if not combined.axes:
            count = parts
        logs = [(float(np.log(w)), prior) for w, prior in self.priors]
        priors = [each for each in logs for _ in range(count // parts)] if logs else []
        return priors, replace(combined, place=place, location=self.name)

    def windows(
        self, region: Region, arms: Approximations, lattice: Lattice, combined: Blocks
    ) -> list[Window] | None:
        """Each block's window of the location, part by part of its prior."""
        if self.name is None:
            return None
        count = len(combined.place[0]) if combined.place else 1
        spread = np.min([np.full(count, np.inf), *arms.spreads], axis=0)
        found: list[Window] = []
        for _, prior in self.priors:
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

    def span(self, lines: list[Line]) -> tuple[float, float]:
        """Range, on the scale of the tables, from the lowest to the highest arm or prior mean."""
        if not lines:
            return 0.0, 0.0
        shifts = [line.shift for line in lines]
        own = [line.likelihood.centre for line in lines]
        places = [centre - shift for centre, shift in zip(own, shifts, strict=True)]
        for _, prior in self.priors:
            mean, sd = moments(prior)
            places += [] if sd is None else [float(np.min(mean)), float(np.max(mean))]
        low, high = min(places) + min(shifts), max(places) + max(shifts)
        return min(low, *own), max(high, *own)

    @cached_property
    def _mixed(self) -> bool:
        """Whether arms may not speak of the location, so that its posterior may be anywhere."""
        return self.whole or any(len(r.parts) > 1 for r in self.data if isinstance(r, Normal))

    def approximations(
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
            own = [sd for _, centre, sd in rate.parts if centre.name == self.name]
            if self.name is None or not own:
                continue
            sds = [0.0 if sd is None else sd.of(combined.values) for sd in own]
            narrowest = np.min(np.broadcast_arrays(*sds), axis=0)
            of_cells = places[self.data[rate].index]
            found[0].append(centres[of_cells])
            found[1].append(variances[of_cells])
            found[2].append(np.broadcast_to(narrowest, (count,)))
        return Approximations(*found)
