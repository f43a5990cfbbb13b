"""Numbers as a clinician reads them: percentages rounded sensibly, never beyond what is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

MOST_DIGITS = 6


def percent(rate: Any, digits: int = 0) -> str:
    """A rate as a percentage; 0 and 100 % only where they are exact."""
    value = float(rate)
    least = 10.0**-digits
    if 0 < value < 1:
        if 100 * value < least / 2:
            return f"less than {least:g} %"
        if 100 * (1 - value) < least / 2:
            return f"more than {100 - least:g} %"
    return f"{100 * value:.{digits}f} %"


def span(low: Any, high: Any, digits: int = 0) -> str:
    """An interval of rates: "29 to 96 %"."""
    first, last = percent(low, digits), percent(high, digits)
    return f"{first.removesuffix(' %')} to {last}" if first[0].isdigit() else f"{first} to {last}"


def probability(value: float, required: float) -> str:
    """A probability beside what is required, with as many digits as show which is larger."""
    for digits in range(1, MOST_DIGITS):
        shown = round(100 * value, digits)
        if (shown > round(100 * required, digits)) == (value > required):
            return percent(value, digits)
    return percent(value, MOST_DIGITS)


def signed(value: Any, digits: int = 2) -> str:
    """A number with its sign, and a true minus."""
    text = f"{float(value):+.{digits}f}"
    return text.replace("-", "\N{MINUS SIGN}")


def amount(value: Any) -> str:
    """A number of patients."""
    return f"{float(value):.0f}" if abs(float(value)) >= 1 else f"{float(value):.1f}"


def joined(parts: Sequence[str]) -> str:
    """A list in a sentence."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def alive(tree: xr.DataTree) -> str:
    """How a success is called: alive at the landmark day."""
    day = float(tree.attrs["landmark_day"])
    return f"alive at day {day:g}" if np.isfinite(day) else "counted as successes"
