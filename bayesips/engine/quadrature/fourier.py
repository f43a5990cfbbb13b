"""Functions on an even grid, smoothed in Fourier space: the grid, its rows, and periods of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy import fft

# Wrap-around of the periodic grid is kept this many standard deviations away.
REACH = 8.6


@dataclass(frozen=True)
class Grid:
    """Evenly spaced link-scale points."""

    start: float
    step: float
    size: int

    @property
    def nodes(self) -> np.ndarray:
        """The points."""
        return self.start + self.step * np.arange(self.size)


@dataclass(frozen=True, eq=False)
class Centres:
    """Where smoothed rows are asked for.

    Parameters
    ----------
    places : array
        Distances from the grid's start.
    first : int, optional
        The grid's point at the first of them, where they are neighbouring points of the grid.
    """

    places: np.ndarray
    first: int | None = None

    @classmethod
    def on(cls, grid: Grid, first: int, count: int) -> Centres:
        """Neighbouring points of a grid."""
        return cls(grid.step * (first + np.arange(count)), first)


@dataclass(frozen=True, eq=False)
class Rows:
    """What each row of a smoother is: one of its likelihoods, moved and blurred.

    Parameters
    ----------
    source : array of int, shape (rows,)
        Which of the tabulated likelihoods.
    shift, blur : array, shape (rows,)
        The row at eta is that likelihood at eta + shift + blur Z.
    """

    source: np.ndarray
    shift: np.ndarray
    blur: np.ndarray

    @cached_property
    def alike(self) -> list[MovedRows]:
        """Rows by their (shift, blur)."""
        pairs = np.stack([self.shift, self.blur], axis=1)
        unique, owner = np.unique(pairs, axis=0, return_inverse=True)
        places = np.split(np.argsort(owner, kind="stable"), np.cumsum(np.bincount(owner))[:-1])
        return [
            MovedRows(rows, self.source[rows], float(shift), float(blur))
            for (shift, blur), rows in zip(unique, places, strict=True)
        ]


@dataclass(frozen=True, eq=False)
class MovedRows:
    """Rows, and their sources, that are moved and blurred alike."""

    rows: np.ndarray
    source: np.ndarray
    shift: float
    blur: float

    def among(self, sources: np.ndarray) -> MovedRows:
        """Only the rows whose source is marked."""
        chosen = sources[self.source]
        return replace(self, rows=self.rows[chosen], source=self.source[chosen])


@dataclass(frozen=True, eq=False)
class Spreads:
    """What rows are smoothed with: S mixtures of P Normals about one centre.

    Parameters
    ----------
    sds, weights : array, shape (S, P)
        Standard deviations, zero allowed, and their weights, which sum to 1.
    """

    sds: np.ndarray
    weights: np.ndarray

    @classmethod
    def single(cls, sds: np.ndarray) -> Spreads:
        """One Normal each."""
        return cls(sds[:, None], np.ones((len(sds), 1)))

    @classmethod
    def joined(cls, several: Sequence[Spreads]) -> Spreads:
        """One after another; those of fewer parts get parts of no weight."""
        most = max(spreads.sds.shape[1] for spreads in several)
        wide = [[(0, 0), (0, most - spreads.sds.shape[1])] for spreads in several]
        pairs = list(zip(several, wide, strict=True))
        return cls(
            np.concatenate([np.pad(spreads.sds, pad) for spreads, pad in pairs]),
            np.concatenate([np.pad(spreads.weights, pad) for spreads, pad in pairs]),
        )

    def between(self, low: float, high: float) -> Spreads:
        """Only the Normals with an sd in (low, high]: the others lose their weight."""
        inside = (low < self.sds) & (self.sds <= high)
        return replace(self, weights=np.where(inside, self.weights, 0.0))

    @cached_property
    def widest(self) -> float:
        """Largest sd that has weight; 0 for none."""
        return float(np.max(self.sds, initial=0.0, where=self.weights > 0))

    @cached_property
    def places(self) -> np.ndarray:
        """Which of the S have weight."""
        return np.flatnonzero(self.weights.any(axis=1))

    @property
    def key(self) -> bytes:
        """Equal for equal spreads."""
        return self.sds.tobytes() + self.weights.tobytes()

    def in_frequency(self, frequency: np.ndarray) -> np.ndarray:
        """Fourier transform of those that have weight, (places, frequencies)."""
        total = np.zeros((len(self.places), len(frequency)))
        for sd, weight in zip(self.sds[self.places].T, self.weights[self.places].T, strict=True):
            if weight.any():
                total += weight[:, None] * np.exp(-0.5 * (frequency * sd[:, None]) ** 2)
        return total


def octaves(low: float, high: float) -> list[float]:
    """Doublings of `low` until `high` is reached."""
    count = int(np.ceil(np.log2(high / low))) if high > low else 0
    return [low * 2.0**power for power in range(1, count + 1)]


def fast_length(least: int) -> int:
    """The next number of points, from `least` on, that has no prime factor above 5."""
    best = 1 << max(0, least - 1).bit_length()
    five = 1
    while five < best:
        odd = five
        while odd < best:
            best = min(best, odd << max(0, -(-least // odd) - 1).bit_length())
            odd *= 3
        five *= 5
    return best


def few_frequencies(length: float, least: float, reach: float) -> tuple[np.ndarray, float]:
    """Frequencies that spreads from `least` to `reach` leave, and the period's length.

    The period is so long that nothing wraps around on a segment of the given length.
    """
    span = length + REACH * reach
    count = int(np.ceil(REACH * span / (2 * np.pi * least))) + 1
    return 2 * np.pi / span * np.arange(count), span


def _span(grid: Grid, shift: np.ndarray) -> float:
    """Length over which sources stand and are asked for."""
    moved = max(0.0, float(shift.max())) - min(0.0, float(shift.min()))
    return grid.step * grid.size + moved


@dataclass(frozen=True, eq=False)
class Period:
    """Sources on a period of grid points, for spreads up to a reach, blur included."""

    length: int
    frequency: np.ndarray
    spectrum: np.ndarray

    @classmethod
    def of(cls, grid: Grid, shift: np.ndarray, values: np.ndarray, reach: float) -> Period:
        """Sources (rows of `values`, on the grid) in Fourier space."""
        points = int(np.ceil((_span(grid, shift) + REACH * reach) / grid.step))
        length = fast_length(points)
        return cls(length, 2 * np.pi * fft.rfftfreq(length, grid.step), fft.rfft(values, length))

    def add(
        self, groups: Sequence[MovedRows], spreads: Spreads, first: int, result: np.ndarray
    ) -> None:
        """Add the smoothed rows to a table (rows, spreads, grid points from `first` on)."""
        kernel, last = spreads.in_frequency(self.frequency), first + result.shape[-1]
        whole = len(spreads.places) == result.shape[1]  # a slice is added to in place
        places = slice(None) if whole else spreads.places
        for group in groups:
            wave = np.exp(
                1j * self.frequency * group.shift - 0.5 * (self.frequency * group.blur) ** 2
            )
            for row, source in zip(group.rows, group.source, strict=True):
                smooth = fft.irfft(self.spectrum[source] * wave * kernel, self.length)
                result[row, places] += smooth[:, first:last]


@dataclass(frozen=True, eq=False)
class LongPeriod:
    """The same at any places, frequencies summed one by one; of long spreads few are left."""

    frequency: np.ndarray
    cosine: np.ndarray
    sine: np.ndarray

    @classmethod
    def of(
        cls, grid: Grid, shift: np.ndarray, values: np.ndarray, least: float, reach: float
    ) -> LongPeriod:
        """For spreads of at least `least` (no less than the grid can tell), and up to `reach`."""
        lowest = max(least, REACH * grid.step / np.pi)  # its frequencies are all that the grid has
        frequency, span = few_frequencies(_span(grid, shift), lowest, reach)
        angle = np.outer(grid.step * np.arange(grid.size), frequency)
        scale = np.where(frequency == 0, 1, 2) * grid.step / span
        return cls(frequency, values @ np.cos(angle) * scale, values @ np.sin(angle) * scale)

    def add(
        self, groups: Sequence[MovedRows], spreads: Spreads, centres: Centres, result: np.ndarray
    ) -> None:
        """Add the smoothed rows to a table, all of them in one product."""
        rows, source = (np.concatenate([getattr(g, f) for g in groups]) for f in ("rows", "source"))
        counts = [len(group.rows) for group in groups]
        turn, damp = (
            np.repeat([each], counts, axis=1).T * self.frequency
            for each in zip(*((group.shift, group.blur) for group in groups), strict=True)
        )
        parts = self._parts(source, turn, np.exp(-0.5 * damp**2), spreads)
        angle = np.outer(self.frequency, centres.places)
        values = parts @ np.concatenate([np.cos(angle), np.sin(angle)])
        result[np.ix_(rows, spreads.places)] += values.reshape(len(rows), -1, result.shape[-1])

    def _parts(
        self, source: np.ndarray, turn: np.ndarray, damp: np.ndarray, spreads: Spreads
    ) -> np.ndarray:
        """Cosine and sine parts of rows that are turned and damped, (rows * spreads, 2 * freq.)."""
        even, odd = self.cosine[source] * damp, self.sine[source] * damp
        cosine = even * np.cos(turn) + odd * np.sin(turn)
        sine = odd * np.cos(turn) - even * np.sin(turn)
        kernel = spreads.in_frequency(self.frequency)
        waves = np.stack([cosine, sine], axis=1)[:, None] * kernel[:, None]
        return waves.reshape(-1, 2 * len(self.frequency))


@dataclass(frozen=True, eq=False)
class Waves:
    """Fourier sums (C,), their cosine and sine parts (C, 2 F), within their ends; 0 outside."""

    start: float
    ends: tuple[float, float]
    frequency: np.ndarray
    parts: np.ndarray

    def at(self, eta: np.ndarray) -> np.ndarray:
        """Values (C, m)."""
        angle = np.outer(self.frequency, eta - self.start)
        angle = np.where((eta > self.ends[0]) & (eta < self.ends[1]), angle, np.nan)
        basis = np.concatenate([np.cos(angle), np.sin(angle)])
        return np.asarray(self.parts @ np.nan_to_num(basis, copy=False))
