"""What a bias does: a Normal shift of the control's log odds, which both engines take."""

from __future__ import annotations

from typing import Any, NamedTuple


class Shift(NamedTuple):
    """Normal(mean, sd) added to the log odds of survival, positive = controls do better."""

    mean: float
    sd: float

    @property
    def is_none(self) -> bool:
        """Whether it changes nothing."""
        return self.mean == 0 and self.sd == 0

    def applied(self, rate: Any) -> Any:
        """A rate after the shift: a distribution, draws, or points of rate and curve in time."""
        return rate if self.is_none else rate.shift(self.mean, self.sd)


class Bias(NamedTuple):
    """A named shift of the control's log odds of survival, positive = controls do better."""

    name: str
    mean: float
    sd: float

    def shift(self) -> Shift:
        """Its shift of the log odds."""
        return Shift(self.mean, self.sd)
