"""Axes as they are written on a command line: "control.tau=half_normal(0.5),half_normal(1)"."""

from __future__ import annotations

import re
from typing import Any

from bayesips.errors import Refused

CALL = re.compile(r"([a-z_]+)\s*\((.*)\)")
PAIR = re.compile(r"\((.*)\)")


def parse_axis(text: str) -> tuple[str, list[Any]]:
    """Name and values of one axis.

    Values are separated by commas, or by semicolons where a value itself holds commas; each is a
    number, a word, a prior as ``half_normal(1)``, numbers as ``(1, 1)``, or names joined by ``+``.

    Raises
    ------
    Refused
        If there is no name, or no value.
    """
    name, _, rest = text.partition("=")
    values = _split(rest, ";" if ";" in rest else ",")
    if not name.strip() or not values:
        raise Refused(f"--axis {text!r}: written as name=value,value,... is required")
    return name.strip(), [_value(value) for value in values]


def _split(text: str, mark: str) -> list[str]:
    """Parts between marks that stand outside of brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == mark and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


def _value(text: str) -> Any:
    """One value."""
    if (call := CALL.fullmatch(text)) is not None:
        return (call[1], *(_number(part) for part in _split(call[2], ",")))
    if (pair := PAIR.fullmatch(text)) is not None:
        return tuple(_number(part) for part in _split(pair[1], ","))
    number = _number(text)
    if isinstance(number, str) and "+" in number:
        return tuple(part.strip() for part in number.split("+"))
    return number


def _number(text: str) -> Any:
    """A number, or the text itself."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text.strip()
