"""Settled or refused: the one way out of the exact engine.

A quantity is read on finer and finer grids until its error is below a tolerance. A reading may
carry an error of its own, from coarser rules on some of its nodes; else the change from one
reading to the next is the error. Weight at the end of a range sends the reading back, wider.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from bayesips.errors import NotSettled

# How often a reading may be done again on a wider region.
MOST_WIDENINGS = 12
# So many times the change from one reading to the next is taken for the error of the later one.
SAFETY = 2.0
# So many times the square of what a coarser rule changes: rules of unlike hyperparameters hide from
# one another.
RULES = 30.0
# A change of coarser rules above this says nothing of the finer one.
GEOMETRIC = 1e-2


@dataclass(frozen=True, eq=False)
class Settled:
    """A value and its error."""

    value: Any
    error: float


@dataclass(frozen=True, eq=False)
class Reading:
    """What one grid says of a quantity.

    Parameters
    ----------
    value : anything
    figures : array
        Numbers that must stand still.
    error : float, optional
        From coarser rules on the same grid; None where the next reading must tell.
    lenient : callable, optional
        Change since other figures, those that no reading tells left out; asked in the end only.
    """

    value: Any
    figures: np.ndarray
    error: float | None = None
    lenient: Callable[[np.ndarray], float] | None = None


class Reader(Protocol):
    """Lays out grids."""

    def region(self) -> Any:
        """Where the posterior is."""

    def grid(self, region: Any, effort: Any) -> Any:
        """A grid there."""

    def widened(self, region: Any, grid: Any) -> Any:
        """A wider region; None if the grid leaves no weight at its ends."""


def settle(
    reader: Reader,
    quantity: Callable[[Any, Any], Reading],
    efforts: Sequence[Any],
    tolerance: float,
    what: str,
) -> Settled:
    """Read a quantity at one effort after another until it has settled.

    Parameters
    ----------
    reader : Reader
    quantity : callable
        Takes a grid and the effort.
    efforts : sequence
        Finer and finer.
    tolerance : float
        Largest error.
    what : str
        The quantity, for the refusal.

    Raises
    ------
    NotSettled
        If it does not settle, or its posterior has no end.
    """
    region, before, error = reader.region(), None, np.inf
    for effort in efforts:
        grid, region = _wide_enough(reader, region, effort, what)
        reading = quantity(grid, effort)
        if reading.error is not None:
            error = reading.error
        elif before is not None:
            error = SAFETY * float(np.max(np.abs(reading.figures - before), initial=0.0))
        if error <= tolerance:
            return Settled(reading.value, error)
        last, before = before, reading.figures
    if reading.lenient is not None and last is not None and reading.lenient(last) <= tolerance:
        return Settled(reading.value, error)
    raise NotSettled(
        f"{what} did not settle within {tolerance:g}: after the last refinement its error is still "
        f"{error:.2g}"
    )


def _wide_enough(reader: Reader, region: Any, effort: Any, what: str) -> tuple[Any, Any]:
    """A grid, on a wider region if weight was found at an end of the given one."""
    for _ in range(MOST_WIDENINGS):
        grid = reader.grid(region, effort)
        wider = reader.widened(region, grid)
        if wider is None:
            return grid, region
        region = wider
    raise NotSettled(
        f"{what}: the posterior of the hyperparameters keeps reaching beyond where it was looked "
        "for; solve the data sets one by one"
    )


def of_rules(changes: np.ndarray) -> float:
    """Error of a rule from what coarser rules on half of its nodes change.

    Convergence is geometric: half of the nodes have half of the digits, so the error is the square
    of the change, where that is small (Trefethen 2020, Approximation theory and practice, 19.3).
    """
    change = float(np.max(changes, initial=0.0))
    return RULES * change**2 if change < GEOMETRIC else change
