"""Functions on an even grid, smoothed in Fourier space: the grid, its rows, and periods of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from scipy import fft

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
    def alike(self) -> list[tuple[float, float, np.ndarray]]:
        """Rows by their (shift, blur)."""
        pairs = np.stack([self.shift, self.blur], axis=1)
        unique, owner = np.unique(pairs, axis=0, return_inverse=True)
        places = np.split(np.argsort(owner, kind="stable"), np.cumsum(np.bincount(owner))[:-1])
        return [(float(a), float(b), rows) for (a, b), rows in zip(unique, places, strict=True)]


@dataclass(frozen=True, eq=False)
class Alike:
    """Rows that are moved and blurred alike, and the spreads they are smoothed with.

    `totals` (S,) are all spreads, the rows' own blur included; `spreads` the places chosen.
    """

    source: np.ndarray
    rows: np.ndarray
    shift: float
    totals: np.ndarray
    spreads: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=int))

    def between(self, low: float, high: float) -> Alike:
        """Only the spreads in (low, high]."""
        inside = (low < self.totals) & (self.totals <= high)
        return replace(self, spreads=np.flatnonzero(inside))


def octaves(low: float, high: float) -> list[float]:
    """Doublings of `low` until `high` is reached."""
    count = int(np.ceil(np.log2(high / low))) if high > low else 0
    return [low * 2.0**power for power in range(1, count + 1)]


def few_frequencies(length: float, reach: float) -> tuple[np.ndarray, float]:
    """Frequencies that spreads from half of `reach` to `reach` leave, and the period's length.

    The period is so long that nothing wraps around on a stretch of the given length.
    """
    span = length + REACH * reach
    count = int(np.ceil(REACH * span / (np.pi * reach))) + 1
    return 2 * np.pi / span * np.arange(count), span


def _stretch(grid: Grid, shift: np.ndarray) -> float:
    """Length over which sources stand and are asked for."""
    moved = max(0.0, float(shift.max())) - min(0.0, float(shift.min()))
    return grid.step * grid.size + moved


@dataclass(frozen=True, eq=False)
class Period:
    """Sources on a period of grid points, for spreads up to a reach."""

    length: int
    frequency: np.ndarray
    spectrum: np.ndarray

    @classmethod
    def of(cls, grid: Grid, shift: np.ndarray, values: np.ndarray, reach: float) -> Period:
        """Sources (rows of `values`, on the grid) in Fourier space."""
        points = int(np.ceil((_stretch(grid, shift) + REACH * reach) / grid.step))
        length = fft.next_fast_len(points, real=True)
        return cls(length, 2 * np.pi * fft.rfftfreq(length, grid.step), fft.rfft(values, length))

    def add(self, groups: Sequence[Alike], first: int, result: np.ndarray) -> None:
        """Add the smoothed rows to a table (rows, spreads, grid points from `first` on)."""
        kernels: dict[bytes, np.ndarray] = {}
        last = first + result.shape[-1]
        for group in groups:
            if not len(group.spreads):
                continue
            totals = group.totals[group.spreads]
            key = totals.tobytes()
            if key not in kernels:
                kernels[key] = np.exp(-0.5 * (self.frequency * totals[:, None]) ** 2)
            wave = np.exp(1j * self.frequency * group.shift) if group.shift else 1.0
            for row in group.rows:
                line = self.spectrum[group.source[row]] * wave
                smooth = fft.irfft(line * kernels[key], self.length)[:, first:last]
                result[row, group.spreads] += smooth


@dataclass(frozen=True, eq=False)
class LongPeriod:
    """The same for spreads longer than the grid: few frequencies are left, summed one by one."""

    step: float
    frequency: np.ndarray
    cosine: np.ndarray
    sine: np.ndarray

    @classmethod
    def of(cls, grid: Grid, shift: np.ndarray, values: np.ndarray, reach: float) -> LongPeriod:
        """For spreads from half of `reach` to `reach`."""
        frequency, span = few_frequencies(_stretch(grid, shift), reach)
        angle = np.outer(grid.step * np.arange(grid.size), frequency)
        scale = np.where(frequency == 0, 1, 2) * grid.step / span
        return cls(
            grid.step, frequency, values @ np.cos(angle) * scale, values @ np.sin(angle) * scale
        )

    def add(self, groups: Sequence[Alike], first: int, result: np.ndarray) -> None:
        """Add the smoothed rows to a table, all of them in one product."""
        chosen = [group for group in groups if len(group.spreads)]
        parts = np.concatenate([self._parts(group) for group in chosen])
        places = self.step * (first + np.arange(result.shape[-1]))
        angle = np.outer(self.frequency, places)
        values = parts @ np.concatenate([np.cos(angle), np.sin(angle)])
        before = 0
        for group in chosen:
            shape = len(group.rows), len(group.spreads)
            block = values[before : before + shape[0] * shape[1]].reshape(*shape, -1)
            result[np.ix_(group.rows, group.spreads)] += block
            before += shape[0] * shape[1]

    def _parts(self, group: Alike) -> np.ndarray:
        """Cosine and sine parts of a group's rows, (rows * spreads, 2 * frequencies)."""
        totals = group.totals[group.spreads, None]
        kernel = np.exp(-0.5 * (self.frequency * totals) ** 2)
        source = group.source[group.rows]
        even, odd = self.cosine[source, None] * kernel, self.sine[source, None] * kernel
        turn = self.frequency * group.shift
        cosine = even * np.cos(turn) + odd * np.sin(turn)
        sine = odd * np.cos(turn) - even * np.sin(turn)
        return np.concatenate([cosine, sine], axis=-1).reshape(-1, 2 * len(self.frequency))
