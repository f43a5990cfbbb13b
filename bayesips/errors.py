"""The two refusals of the package, and the words in which faults of a file are given."""

import datetime
import difflib
from collections.abc import Iterable
from typing import Any

LONGEST_SHOWN = 60


class Refused(ValueError):  # noqa: N818  a refusal is no fault of ours
    """Input that cannot be used: what was given, where, and what is allowed."""


class NotSettled(ArithmeticError):  # noqa: N818  no answer is an answer, not a fault
    """A result that quadrature could not settle; nothing is printed in its place."""


def in_one_message(file: str, faults: list[str]) -> str:
    """All faults of a file: one on the same line, several below each other."""
    if len(faults) == 1:
        return f"{file}: {faults[0]}"
    return "\n  ".join([f"{file}: {len(faults)} faults", *faults])


def near_miss(given: str, allowed: Iterable[str]) -> str:
    """The nearest allowed word as a question, empty where none is near."""
    nearest = difflib.get_close_matches(given, list(allowed), n=1)
    return f" (did you mean {nearest[0]!r}?)" if nearest else ""


def listed(words: Iterable[str], joint: str = ", ") -> str:
    """Allowed words, each in quotes."""
    return joint.join(repr(word) for word in words)


def shown(value: Any) -> str:
    """A value as the file has it, cut short, with its kind where that may be the surprise."""
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        text = str(value) if isinstance(value, datetime.date | datetime.time) else repr(value)
    except ValueError:  # more digits than Python prints
        return "a number too long to print"
    kind = "" if isinstance(value, str | int | float) else _kind(value)
    return kind + (text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + "...")


def _kind(value: Any) -> str:
    """What a value is called."""
    names: dict[type, str] = {list: "the list ", tuple: "the list ", dict: "the table "}
    date = "the date " if isinstance(value, datetime.date | datetime.time) else ""
    return names.get(type(value), date)
