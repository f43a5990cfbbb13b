"""A knob: one number of a model that can be turned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Knob:
    """One number that can be turned.

    Attributes
    ----------
    name : str
        Its axis, as `vary` takes it.
    title, unit : str
        What a table calls it, and in what it is counted.
    present : float
        What it is now; NaN where the model has no such number.
    low, high : float
        Range in which it is turned.
    way : {"linear", "log", "whole"}
        How a change is measured.
    """

    name: str
    title: str
    unit: str
    present: float
    low: float
    high: float
    way: str = "linear"

    def values(self, count: int) -> np.ndarray:
        """Values over the range, the present one among them if it lies there."""
        if self.way == "whole":
            return np.arange(int(self.low), int(self.high) + 1)
        grid = np.geomspace if self.way == "log" else np.linspace
        values = grid(self.low, self.high, count)
        inside = self.low <= self.present <= self.high
        return np.union1d(values, self.present) if inside else values

    def share(self, value: float) -> float:
        """Size of the change from now to `value`, as a share of the range."""
        if self.way == "log":
            return float(abs(np.log(value / self.present)) / np.log(self.high / self.low))
        return abs(value - self.present) / (self.high - self.low)
