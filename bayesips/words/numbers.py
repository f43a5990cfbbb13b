"""Numbers as a clinician reads them: percentages rounded sensibly, never beyond what is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import SupportsFloat

import numpy as np
from numpy.typing import ArrayLike

MOST_DIGITS = 6
MINUS = "\N{MINUS SIGN}"
FINEST = 0.001  # a probability below a tenth of a per cent is not written out


def percent(rate: SupportsFloat, digits: int = 0) -> str:
    """A rate as a percentage; 0 and 100 % only where they are exact; "none" where there is none."""
    value = float(rate)
    if not np.isfinite(value):
        return "none"
    least = 10.0**-digits
    if 0 < value < 1:
        if 100 * value < least / 2:
            return f"less than {least:g} %"
        if 100 * (1 - value) < least / 2:
            return f"more than {100 - least:.{digits}f} %"
    return f"{100 * value:.{digits}f} %"


def span(low: SupportsFloat, high: SupportsFloat, digits: int = 0) -> str:
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


def probabilities(values: ArrayLike, required: ArrayLike) -> list[str]:
    """The probability of each criterion beside what it requires."""
    pairs = zip(np.atleast_1d(values), np.atleast_1d(required), strict=True)
    return [probability(float(value), float(least)) for value, least in pairs]


def short(text: str) -> str:
    """Words of a percentage as signs, for a table: "< 1 %"."""
    return text.replace("more than ", "> ").replace("less than ", "< ")


def brief(rate: SupportsFloat, digits: int = 0) -> str:
    """A percentage with signs for words, for a figure."""
    return short(percent(rate, digits))


def brief_span(low: SupportsFloat, high: SupportsFloat) -> str:
    """An interval of rates with signs for words: "< 1 to 88 %"."""
    return f"{brief(low).removesuffix(' %')} to {brief(high)}"


def brief_probability(value: float, required: float) -> str:
    """A probability beside what is required, with signs for words."""
    return short(probability(value, required))


def three_digits(value: SupportsFloat) -> str:
    """A probability in per cent to three digits; "not reachable" where it does not exist."""
    chance = float(value)
    if not np.isfinite(chance):
        return "not reachable"
    if 0 < chance < FINEST:
        return f"below {100 * FINEST:g} %"
    if 1 - FINEST / 2 <= chance < 1:
        return f"above {100 * (1 - FINEST):g} %"
    return f"{100 * chance:.3g} %"


def signed(value: SupportsFloat, digits: int = 2) -> str:
    """A number with its sign, and a true minus."""
    return f"{float(value):+.{digits}f}".replace("-", MINUS)


def plain(value: SupportsFloat, digits: int) -> str:
    """A number with a true minus, and no minus before nothing."""
    text = f"{float(value):.{digits}f}"
    return f"{0:.{digits}f}" if float(text) == 0 else text.replace("-", MINUS)


def patients(value: SupportsFloat) -> str:
    """A number of patients, with a decimal below one."""
    return f"{float(value):.0f}" if abs(float(value)) >= 1 else f"{float(value):.1f}"


def joined(parts: Sequence[str]) -> str:
    """A list in a sentence."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
