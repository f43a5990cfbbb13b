"""Ranges of numbers, and what counts as a number in a file or an option."""

import math
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np


@dataclass(frozen=True)
class Range:
    """The finite numbers from `low` to `high`; `closed`: the ends belong to them."""

    low: float = -math.inf
    high: float = math.inf
    closed: bool = False

    def __contains__(self, value: float) -> bool:
        if not math.isfinite(value):
            return False
        inside = self.low < value < self.high
        return inside or (self.closed and value in (self.low, self.high))

    def holds(self, values: object) -> bool:
        """Whether every value is a number of the range; nothing, booleans and texts are none."""
        array = np.asarray(values)
        if not array.size or array.dtype == bool or not np.issubdtype(array.dtype, np.number):
            return False
        inside = (self.low < array) & (array < self.high)
        ends = self.closed & ((array == self.low) | (array == self.high))
        return bool(np.all(np.isfinite(array) & (inside | ends)))

    def __str__(self) -> str:
        if math.isinf(self.low) and math.isinf(self.high):
            return "a finite number"
        if math.isinf(self.high):
            return f"a number {f'from {self.low:g} up' if self.closed else f'above {self.low:g}'}"
        if self.closed:
            return f"a number from {self.low:g} to {self.high:g}"
        return f"a number above {self.low:g} and below {self.high:g}"


FINITE = Range()
POSITIVE = Range(0)
NOT_NEGATIVE = Range(0, closed=True)
SHARE = Range(0, 1, closed=True)
INSIDE = Range(0, 1)


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a number and fits a float; true and false are no numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, float) or abs(value) < 2**63


def are_numbers(value: object, allowed: Range) -> TypeGuard[list[float]]:
    """Whether a value is a list of numbers, all within a range."""
    return isinstance(value, list | tuple) and all(is_number(v) and v in allowed for v in value)
