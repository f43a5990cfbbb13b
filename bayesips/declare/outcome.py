"""The table [outcome] of a model file: what is counted, who, when, and which way is better."""

from typing import Any

from bayesips.borrowing.biases import Bias
from bayesips.declare.table import Table
from bayesips.distributions.effects.scales import SCALES
from bayesips.distributions.ranges import POSITIVE
from bayesips.distributions.rule import Criterion
from bayesips.endpoints import Endpoint
from bayesips.errors import Refused
from bayesips.words.outcome import DIRECTIONS, Outcome

KEYS = ("event", "noun", "unit", "day", "better")


def read_outcome(top: Table) -> Outcome:
    """The outcome's words and direction; survival where the file has no such table."""
    table = top.table("outcome")
    if table is None:
        return Outcome()
    table.allow(*KEYS)
    before = len(table.faults)
    values: dict[str, Any] = {key: table.text(key) for key in ("event", "noun")}
    values["unit"] = table.text("unit", Outcome().unit)
    values["better"] = table.choice("better", DIRECTIONS, Outcome().better)
    return Outcome() if len(table.faults) > before else Outcome(**values)


def as_given(given: object) -> Outcome:
    """An outcome from itself, from a table of its words, or survival from None.

    Raises
    ------
    Refused
        With what is missing or not allowed.
    """
    match given:
        case None:
            return Outcome()
        case Outcome():
            return given
    faults: list[str] = []
    found = read_outcome(Table({"outcome": given}, "", faults))
    if faults:
        raise Refused("; ".join(fault.removeprefix("[outcome] ") for fault in faults))
    return found


def check_direction(top: Table, outcome: Outcome, endpoint: Endpoint | None) -> None:
    """Rows in time count patients who stay free of an event: of those, more are better."""
    if endpoint is not None and endpoint.in_time and not outcome.more_is_better:
        top.faults.append(
            "[outcome] better: 'lower' given; this endpoint follows patients who stay free of an "
            'event, and more of them are better: count those, or use endpoint = "binary"'
        )


def outcome_day(top: Table) -> float | None:
    """The day of [outcome]; None where it has none, a fault where landmark_day is another."""
    table = top.table("outcome")
    day: float | None = None if table is None else table.number("day", POSITIVE, None)
    if table is not None and day is not None and top.content.get("landmark_day", day) != day:
        other = top.content["landmark_day"]
        table.add_fault("day", f"landmark_day is {other}; they are one day, state it once")
    return day


def turned(margin: float, scale: str, outcome: Outcome) -> float:
    """A margin of a difference counted towards what is better, as an effect; and back."""
    return margin if SCALES[scale].is_ratio else outcome.towards_better(margin)


def directed_criteria(
    criteria: tuple[Criterion, ...], scale: str | None, outcome: Outcome
) -> tuple[Criterion, ...]:
    """Decisions about what is better: P(effect <= margin) where lower is better."""
    if outcome.more_is_better or scale is None:
        return criteria
    return tuple(
        one
        if one.tail == "lower"  # stated in its direction already
        else Criterion(turned(one.threshold, scale, outcome), one.probability, "lower")
        for one in criteria
    )


def directed_bias(bias: tuple[Bias, ...], outcome: Outcome) -> tuple[Bias, ...]:
    """Shifts of the log odds of the outcome, from those in which positive is better."""
    return tuple(entry._replace(mean=outcome.towards_better(entry.mean)) for entry in bias)
