"""What a success is called and whether more are better: the one place that says survival."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Better = Literal["higher", "lower"]
DIRECTIONS = ("higher", "lower")
ALIVE = "were alive"
# Units that are people: "patients who responded", but "eyes that improved".
PEOPLE = ("patients", "people", "persons", "women", "men", "children", "participants", "subjects")
# Attributes by which results, tables and figures carry their outcome.
KEYS = ("landmark_day", "outcome_noun", "outcome_event", "outcome_unit", "outcome_better")


@dataclass(frozen=True)
class Outcome:
    """Words for what is counted, and their direction.

    Attributes
    ----------
    day : float
        When it is counted, in days; not finite where no day is declared.
    noun : str
        The rate: "survival", "response rate".
    event : str
        What the counted patients did: "12 of 20 patients responded", "were alive".
    unit : str
        Who is counted.
    better : {"higher", "lower"}
        Which rate is better for them.
    """

    day: float = math.nan
    noun: str = "survival"
    event: str = ALIVE
    unit: str = "patients"
    better: Better = "higher"

    @property
    def is_survival(self) -> bool:
        """Whether the event is being alive, which has words of its own."""
        return self.event == ALIVE

    @property
    def more_is_better(self) -> bool:
        """Whether a higher rate is better."""
        return self.better == "higher"

    def towards_better(self, value: float) -> float:
        """A number that is positive where it is better, as one of the rate; and back."""
        return value if self.more_is_better else 0.0 - value

    @property
    def dated(self) -> bool:
        """Whether a day is declared."""
        return math.isfinite(self.day)

    @property
    def on(self) -> str:
        """The day, in words; empty where none is declared."""
        return f"day {self.day:g}" if self.dated else ""

    @property
    def state(self) -> str:
        """Of a patient: "alive", "responded"."""
        return "alive" if self.is_survival else self.event

    @property
    def did(self) -> str:
        """The event on its day: "were alive at day 56", "responded at day 112"."""
        if self.is_survival and not self.dated:
            return "were counted as successes"
        return self._at_day(self.event)

    @property
    def reached(self) -> str:
        """The state on its day: "alive at day 56", "responded at day 112"."""
        return self.did.removeprefix("were ") if self.is_survival else self.did

    @property
    def rate(self) -> str:
        """The rate on its day: "response rate at day 112"."""
        return self._at_day(self.noun)

    @property
    def chance(self) -> str:
        """The probability that is meant: "probability of being alive at day 56"."""
        return f"probability of being {self.reached}" if self.is_survival else self.rate

    @property
    def axis(self) -> str:
        """What stands beside an axis of rates."""
        if self.is_survival:
            return self.reached if self.dated else "rate"
        return self.rate

    @property
    def the_noun(self) -> str:
        """The rate in a sentence: "survival", "the response rate"."""
        return self.noun if self.is_survival else f"the {self.noun}"

    @property
    def counted(self) -> str:
        """A heading over counts where no day is declared: "successes", "responded"."""
        return "successes" if self.is_survival else self.event

    @property
    def people(self) -> str:
        """Those of whom the event is true: "survivors", "patients who responded"."""
        if self.is_survival:
            return "survivors"
        return f"{self.unit} {'who' if self.unit in PEOPLE else 'that'} {self.event}"

    @property
    def having(self) -> str:
        """After a count: "5 of 7 patients having survived", "5 of 7 patients who responded"."""
        return "having survived" if self.is_survival else self.people.removeprefix(f"{self.unit} ")

    @property
    def knob_unit(self) -> str:
        """In what a rate is counted: "survival rate"."""
        return "survival rate" if self.is_survival else self.noun

    @property
    def counted_so(self) -> str:
        """Of patients nobody knows about: "counted alive"."""
        return f"counted as if they {self.event}" if not self.is_survival else "counted alive"

    @property
    def sides(self) -> tuple[str, str]:
        """What fewer and more of them are called: "fewer survive", "lower response rate"."""
        if self.is_survival:
            return "fewer survive", "more survive"
        return f"lower {self.noun}", f"higher {self.noun}"

    def if_counted(self, count: int) -> str:
        """A count as a condition: "5 survive", "14 responded"."""
        return f"{count} {'survive' if self.is_survival else self.event}"

    @property
    def sign(self) -> str:
        """How an effect must lie from a margin."""
        return ">" if self.more_is_better else "<"

    @property
    def claim(self) -> str:
        """The probability that every decision is about."""
        return f"P(effect {self.sign} margin)"

    def expected(self, share: str) -> str:
        """That a share of patients is expected: "24 % would then be alive at day 56"."""
        if self.is_survival:
            return f"{share} would then be {self.reached}"
        return f"the {self.rate} would then be {share}"

    def predicted(self, low: int, high: int, n: int) -> str:
        """How many of n are expected: "0 to 7 of 7 would be alive at day 56"."""
        if self.is_survival:
            return f"{low} to {high} of {n} would be {self.reached}"
        return f"a {self.rate} of {low} to {high} in {n} would be expected"

    def attributes(self) -> dict[str, Any]:
        """What results, tables and figures carry."""
        values = (float(self.day), self.noun, self.event, self.unit, self.better)
        return dict(zip(KEYS, values, strict=True))

    def _at_day(self, words: str) -> str:
        """Words with the day after them."""
        return f"{words} at {self.on}" if self.dated else words


def outcome_of(attributes: Mapping[Hashable, Any]) -> Outcome:
    """The outcome of a result, a table or a figure's data, from its attributes."""
    default = Outcome().attributes()
    day, noun, event, unit, better = (attributes.get(key, default[key]) for key in KEYS)
    return Outcome(float(day), str(noun), str(event), str(unit), better)


def carried(attributes: Mapping[Hashable, Any]) -> dict[str, Any]:
    """The outcome's attributes among others, for what is made of a result."""
    return {key: attributes[key] for key in KEYS if key in attributes}
