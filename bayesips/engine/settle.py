"""Settled or refused: a quantity is read finer and finer until it no longer moves.

A reading that finds weight at the end of a range is done again on a wider one. What still moves
after the finest reading is refused: no value leaves the engine without the error it settled to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from bayesips.errors import NotSettled

# How often a reading may be done again on a wider region.
MOST_WIDENINGS = 8


@dataclass(frozen=True, eq=False)
class Settled:
    """A value, and by how much its figures moved under the last refinement.

    Parameters
    ----------
    value : anything
    changes : array
        Of each figure that was watched.
    """

    value: Any
    changes: np.ndarray

    @property
    def error(self) -> float:
        """The largest change."""
        return float(np.max(self.changes, initial=0.0))


@dataclass(frozen=True, eq=False)
class Reading:
    """What one grid says.

    Parameters
    ----------
    value : anything
    figures : array
        The numbers that must not move.
    """

    value: Any
    figures: np.ndarray


class Reader(Protocol):
    """Lays grids of the hyperparameters over a region."""

    def region(self) -> Any:
        """Where the posterior is, by a first look."""

    def hierarchy(self, region: Any, resolution: Any) -> Any:
        """A grid there, as fine as the resolution."""

    def widened(self, read: Any, region: Any) -> Any:
        """A wider region; None if the grid left no weight at an end of it."""


class Quantity(Protocol):
    """What is read."""

    @property
    def name(self) -> str:
        """What it is called in a refusal."""

    def read(self, grid: Any, resolution: Any, before: Any) -> Reading:
        """From a grid; `before` is the value of the last reading in the same region, or None."""

    def changes(self, now: np.ndarray, before: np.ndarray) -> np.ndarray:
        """By how much each figure moved."""

    def at_last(self, now: Any, before: np.ndarray) -> float:
        """Change of a value under the finest reading, those figures left out that none can tell."""


def settle(
    reader: Reader,
    quantity: Quantity,
    resolutions: Sequence[Any],
    tolerance: float,
    region: Any = None,
) -> Settled:
    """Read a quantity finer and finer until no figure moves by more than a tolerance.

    Parameters
    ----------
    reader : Reader
    quantity : Quantity
    resolutions : sequence
        Each finer than the last; two at least.
    tolerance : float
        Largest change that counts as settled.
    region : optional
        Where to begin; the reader's own first look by default.

    Raises
    ------
    NotSettled
        If figures still move after the finest reading, or the posterior has no end.
    """
    region, value = region or reader.region(), None
    before: np.ndarray | None = None
    last: np.ndarray | None = None
    changes = np.array(np.inf)
    for resolution in resolutions:
        reading, region = _wide_enough(reader, quantity, (region, resolution), value)
        if before is not None:
            changes = quantity.changes(reading.figures, before)
            if np.all(changes <= tolerance):
                return Settled(reading.value, changes)
        value, last, before = reading.value, before, reading.figures
    if last is not None and quantity.at_last(value, last) <= tolerance:
        return Settled(value, changes)
    raise NotSettled(
        f"{quantity.name} did not settle within {tolerance:g}: the last refinement still changed a "
        f"reported quantity by {np.max(changes):.2g}"
    )


def _wide_enough(
    reader: Reader, quantity: Quantity, place: tuple[Any, Any], before: Any
) -> tuple[Reading, Any]:
    """One reading, on a wider region if weight was found at an end of the given one."""
    region, resolution = place
    for _ in range(MOST_WIDENINGS):
        grid = reader.hierarchy(region, resolution)
        reading = quantity.read(grid, resolution, before)
        wider = reader.widened(grid, region)
        if wider is None:
            return reading, region
        region, before = wider, None
    raise NotSettled(
        f"{quantity.name}: the posterior of the hyperparameters keeps reaching beyond where it was "
        "looked for; solve the data sets one by one"
    )


@dataclass(frozen=True)
class Watched:
    """A quantity from a plain function of the grid, its figures held to absolute changes.

    Parameters
    ----------
    name : str
    of : callable
        Takes the grid, gives a Reading.
    """

    name: str
    of: Callable[[Any], Reading]

    def read(self, grid: Any, resolution: Any, before: Any) -> Reading:
        """What the grid says."""
        del resolution, before
        return self.of(grid)

    def changes(self, now: np.ndarray, before: np.ndarray) -> np.ndarray:
        """Absolute changes."""
        return np.abs(now - before)

    def at_last(self, now: Any, before: np.ndarray) -> float:
        """Every figure counts."""
        del now, before
        return float(np.inf)
