"""What a success is called: the one place that says survival, survivors, alive at day 56."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import SupportsFloat


@dataclass(frozen=True)
class Outcome:
    """Words for what is counted.

    Attributes
    ----------
    day : float
        When it is counted, in days; not finite where no day is declared.
    noun : str
        The rate: "survival", "survival ratio".
    state : str
        Of a patient: "5 of 7 were alive".
    people : str
        Patients of that state: "5 survivors".
    verb, past : str
        "5 survive", "5 having survived".
    """

    day: float
    noun: str = "survival"
    state: str = "alive"
    people: str = "survivors"
    verb: str = "survive"
    past: str = "survived"

    @property
    def reached(self) -> str:
        """The state on its day: "alive at day 56"."""
        return f"{self.state} at {self.on}" if self.dated else "counted as successes"

    @property
    def axis(self) -> str:
        """The state on its day, beside an axis of rates."""
        return self.reached if self.dated else "rate"

    @property
    def on(self) -> str:
        """The day, in words; empty where none is declared."""
        return f"day {self.day:g}" if self.dated else ""

    @property
    def dated(self) -> bool:
        """Whether a day is declared."""
        return math.isfinite(self.day)


def outcome_of(attributes: Mapping[Hashable, SupportsFloat]) -> Outcome:
    """The outcome of a result, a table or a figure's data, from its attributes."""
    return Outcome(float(attributes.get("landmark_day", math.nan)))
