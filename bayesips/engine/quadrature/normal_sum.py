"""From weighted centres and spreads to a smooth density: sums of Normals, exact for any spread.

Narrow Normals are summed in Fourier space, in groups of similar spread, so that the tails of wide
ones are not lost in the rounding of narrow ones; Normals wider than the grid is long leave few
frequencies, which are summed one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy import fft
from scipy import special

from bayesips.engine.quadrature.even_places import STENCIL, interpolated
from bayesips.engine.quadrature.fourier import REACH, Waves, fast_length, few_frequencies, octaves

# Values below this part of a group's peak are rounding.
ROUNDING = 4e-15
# More cells than this are summed by matrix products.
MANY = 12
# Spreads of fewer steps than this are summed together, with all frequencies of the grid.
FINE = 8.0
# Frequencies whose part in every sum is below this are left out.
BAND = 1e-18
# Log of the part of its peak below which a sum of Normals is not resolved, by either way.
LOG_FLOOR = float(np.log(1e-16))
LOG_FLOOR_MANY = float(np.log(1e-13))
# Rounding of a sum on a panel, as part of the whole, by either way.
ROUNDED, ROUNDED_MANY = 3e-14, 2e-12
# Least density about a known centre; its log can be interpolated.
LEAST = 1e-280
# Mass left out beyond the bounds.
BEYOND = 1e-14
OVERSAMPLING = 5
# Normals are summed together when their spreads are within this factor.
GROUP = 3.0


@dataclass(frozen=True, eq=False)
class NormalSum:
    """Weights of Normals: centres on an even grid, spreads in any order.

    Parameters
    ----------
    start, step : float
        The centres are start + step * arange(M).
    spreads : array, shape (S,)
        Standard deviations, zero allowed.
    weights : array, shape (C, S, M)
        Non-negative; not normalised.
    limits : (low, high)
        Range on the link scale outside of which rates are 0 or 1.
    """

    start: float
    step: float
    spreads: np.ndarray
    weights: np.ndarray
    limits: tuple[float, float]

    @property
    def breaks(self) -> tuple[float, ...]:
        """Where the density is less than smooth: nowhere."""
        return ()

    @cached_property
    def widest(self) -> float:
        """Largest spread summed in Fourier space."""
        longest = max(6.0, self.step * self.weights.shape[-1] / 6)
        return min(longest, max(float(self.spreads.max(initial=0.0)), self.step))

    @cached_property
    def bounds(self) -> tuple[float, float]:
        """Range that holds the mass, to rounding, within the limits."""
        heaviest = self.weights.max(axis=0) / self.weights.sum(axis=(1, 2)).max()
        places = np.arange(heaviest.shape[1])
        taken = heaviest > BEYOND
        low = self.start + self.step * np.where(taken, places, places[-1]).min(axis=1)
        high = self.start + self.step * np.where(taken, places, 0).max(axis=1)
        mass = heaviest.sum(axis=1)
        return (
            max(self.limits[0], -outermost(-low, mass, self.spreads, self.step)),
            min(self.limits[1], outermost(high, mass, self.spreads, self.step)),
        )

    def moments(self) -> tuple[float, float]:
        """Mean over all cells, and the smallest cell's standard deviation."""
        centres = self.start + self.step * np.arange(self.weights.shape[-1])
        total = self.weights.sum(axis=(1, 2))
        mean = self.weights.sum(axis=1) @ centres / total
        square = self.weights.sum(axis=1) @ centres**2 + self.weights.sum(axis=2) @ self.spreads**2
        variance = np.maximum(square / total - mean**2, self.step**2)
        return float(mean.mean()), float(np.sqrt(variance.min()))

    def beyond(self) -> tuple[np.ndarray, np.ndarray]:
        """Mass below and above the limits, each (C,)."""
        centres = self.start + self.step * np.arange(self.weights.shape[-1])
        spread = np.maximum(self.spreads, 1e-300)[:, None]
        low = special.ndtr((self.limits[0] - centres) / spread)
        high = special.ndtr((centres - self.limits[1]) / spread)
        return (np.einsum("csm,sm->c", self.weights, side) for side in (low, high))  # type: ignore[return-value]  # two

    @property
    def many(self) -> bool:
        """Whether there are so many cells that matrix products are best."""
        return len(self.weights) > MANY

    @property
    def log_floor(self) -> float:
        """Log of the part of its peak below which a sum is not resolved."""
        return LOG_FLOOR_MANY if self.many else LOG_FLOOR

    @property
    def rounding(self) -> float:
        """Rounding of the density's mass on a panel, as part of the whole."""
        return ROUNDED_MANY if self.many else ROUNDED

    def log_density(self) -> Callable[[np.ndarray], np.ndarray]:
        """A function of eta (m,) giving log densities (C, m), unnormalised as the weights are."""
        if self.weights.shape[-1] == 1 and self.spreads.min() > 0:
            return self._about_one_centre()
        narrow = self.spreads <= self.widest
        summed, peak = self._by_frequency(narrow) if self.many else self._by_samples(narrow)
        wide = self._wide(~narrow) if not narrow.all() else None
        # a floor: logs must be finite to be interpolated
        floor = np.exp(self.log_floor) * peak + 1e-300

        def log_f(eta: np.ndarray) -> np.ndarray:
            total = summed(eta)
            if wide is not None:
                total = total + wide(eta)
            return np.log(np.maximum(total, floor))

        return log_f

    def _about_one_centre(self) -> Callable[[np.ndarray], np.ndarray]:
        """Normals about one known centre, as they are: no step is fine enough for the narrowest."""
        heights = self.weights[..., 0] / (self.spreads * np.sqrt(2 * np.pi))

        def log_f(eta: np.ndarray) -> np.ndarray:
            z = (eta - self.start) / self.spreads[:, None]
            return np.log(np.maximum(heights @ np.exp(-0.5 * z**2), LEAST))

        return log_f

    def _padded(self, spreads: np.ndarray) -> tuple[int, int, np.ndarray]:
        """Points of padding, length of the period, and its frequencies, for narrow spreads."""
        far = REACH * float(spreads.max(initial=0.0)) + STENCIL * self.step
        pad = int(np.ceil(far / self.step))
        length = fast_length(self.weights.shape[-1] + 2 * pad)
        return pad, length, 2 * np.pi * fft.rfftfreq(length, self.step)

    def _by_samples(self, narrow: np.ndarray) -> tuple[Callable, np.ndarray]:
        """For few cells: sums on an oversampled even grid, interpolated between its points."""
        spreads = self.spreads[narrow]
        pad, length, frequency = self._padded(spreads)
        total = np.zeros((len(self.weights), length * OVERSAMPLING))
        for chosen in _grouped(spreads):
            spectrum = fft.rfft(self.weights[:, np.flatnonzero(narrow)[chosen]], length)
            kernel = np.exp(-0.5 * (frequency * spreads[chosen, None]) ** 2)
            joint = np.einsum("csf,sf->cf", spectrum, kernel)
            values = fft.irfft(joint, length * OVERSAMPLING) * OVERSAMPLING / self.step
            floor = ROUNDING * values.max(axis=1, keepdims=True)
            total += np.where(values > floor, values, 0.0)
        # what was smoothed out below the start stands at the period's end
        total = np.roll(total, pad * OVERSAMPLING, axis=1)
        start, step = self.start - pad * self.step, self.step / OVERSAMPLING
        return lambda eta: interpolated(start, step, total, eta), total.max(axis=1, keepdims=True)

    def masses(self, first: int, count: int) -> np.ndarray:
        """Masses on the lattice of the centres, from its place `first` on, (C, count)."""
        narrow = self.spreads <= self.widest
        eta = self.start + self.step * (first + np.arange(count))
        total = sum(waves.at(eta) for waves in self._waves(narrow))
        if not narrow.all():
            total = total + self._wide(~narrow)(eta)
        return np.maximum(total, 0.0) * self.step

    def _by_frequency(self, narrow: np.ndarray) -> tuple[Callable, np.ndarray]:
        """For many cells: the Fourier sums themselves, matrix products for all points."""
        waves = self._waves(narrow)

        def summed(eta: np.ndarray) -> np.ndarray:
            return np.asarray(sum(each.at(eta) for each in waves))

        lattice = self.start + self.step * np.arange(self.weights.shape[-1])
        return summed, summed(lattice).max(axis=1, keepdims=True)

    def _waves(self, narrow: np.ndarray) -> list[Waves]:
        """Narrow Normals as Fourier sums: wide ones need a long period, but few frequencies."""
        found, high = [], self.widest
        while high > 0:
            low = high / 2 if high > FINE * self.step else 0.0
            some = narrow & ((low < self.spreads) | (low == 0.0)) & (self.spreads <= high)
            if some.any():
                found.append(self._wave(np.flatnonzero(some), low, high))
            high = low
        return found

    def _wave(self, some: np.ndarray, low: float, high: float) -> Waves:
        """Normals with spreads in (low, high], on a period that their tails do not leave."""
        count, far = self.weights.shape[-1], REACH * high + STENCIL * self.step
        points = 2 * (int(np.ceil(far / self.step)) + count // 2) + 1  # odd: no shared frequency
        frequency = 2 * np.pi / (points * self.step) * np.arange(points // 2 + 1)
        kernels = np.exp(-0.5 * (frequency * self.spreads[some, None]) ** 2)
        kept = [int(np.flatnonzero(line > BAND)[-1]) + 1 for line in kernels]
        frequency = frequency[: max(kept)]
        angle = np.outer(self.step * np.arange(count), frequency)
        cosines, sines = np.cos(angle), np.sin(angle)
        parts = np.zeros((2, len(self.weights), len(frequency)))
        for place, kernel, size in zip(some, kernels, kept, strict=True):
            line = self.weights[:, place]
            parts[0, :, :size] += line @ (cosines[:, :size] * kernel[:size])
            parts[1, :, :size] += line @ (sines[:, :size] * kernel[:size])
        parts *= np.where(frequency == 0, 1, 2) / (points * self.step)
        ends = self.start - far, self.start + (count - 1) * self.step + far
        return Waves(self.start, ends, frequency, np.concatenate([*parts], axis=1))

    def _wide(self, chosen: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        """Sum of the wide Normals: on a period that is long enough few frequencies are left."""
        places = self.step * np.arange(self.weights.shape[-1])
        ends = min(self.start, self.limits[0]), max(self.start + places[-1], self.limits[1])
        waves, low = [], self.widest
        for high in octaves(self.widest, float(self.spreads.max())):
            some = chosen & (low < self.spreads) & (self.spreads <= high)
            frequency, span = few_frequencies(ends[1] - ends[0], low, high)
            kernel = np.exp(-0.5 * (frequency * self.spreads[some, None]) ** 2)
            angle = np.outer(places, frequency)
            cosine, sine = (
                np.einsum("csn,sn->cn", self.weights[:, some] @ wave, kernel) * (2 / span)
                for wave in (np.cos(angle), np.sin(angle))
            )
            cosine[:, 0] /= 2
            waves.append((frequency, cosine, sine))
            low = high

        def density(eta: np.ndarray) -> np.ndarray:
            total = np.zeros((len(self.weights), len(eta)))
            for frequency, cosine, sine in waves:
                angle = np.outer(frequency, eta - self.start)
                total += cosine @ np.cos(angle) + sine @ np.sin(angle)
            return np.maximum(total, 0.0)

        return density


def outermost(ends: np.ndarray, mass: np.ndarray, spreads: np.ndarray, step: float) -> float:
    """The point above which Normals that end at `ends`, of these masses, leave nothing."""
    far = ends.max() + 4 * step + REACH * spreads.max(initial=0.0) * np.linspace(0, 1, 100)
    z = (far[:, None] - ends) / np.maximum(spreads, step / 4)
    left = special.ndtr(-z) @ mass
    return float(far[min(int(np.argmax(left < BEYOND)) or -1, len(far) - 1)])


def _grouped(spreads: np.ndarray) -> list[np.ndarray]:
    """Indices of spreads in groups of similar size; the smallest ones all together."""
    if not len(spreads):
        return []
    top = max(float(spreads.max()), 1e-12)
    with np.errstate(divide="ignore"):
        level = np.minimum(np.floor(np.log(top / np.maximum(spreads, 1e-300)) / np.log(GROUP)), 3)
    return [np.flatnonzero(level == value) for value in np.unique(level)]
