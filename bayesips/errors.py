"""The two refusals of the package, and the words in which faults of a file are given."""

import difflib
from collections.abc import Iterable


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
