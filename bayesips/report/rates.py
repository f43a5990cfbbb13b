"""Rates as a page shows them: a share, its interval, or one known number."""

from __future__ import annotations

from typing import Any

import xarray as xr

from bayesips.words import numbers

KNOWN = 1e-9  # an interval shorter than this is one number


def share(control: xr.Dataset) -> str:
    """The control's mean; with a decimal where it is taken as known."""
    return numbers.percent(control["mean"], 1 if known(control) else 0)


def span(group: xr.Dataset, form: str = "{}") -> str:
    """The 95 % interval of a rate."""
    if known(group):
        return form.format("taken as known") if form == "{}" else ", taken as known"
    return form.format(numbers.span(group["low"], group["high"]))


def with_interval(group: Any, prefix: str = "") -> str:
    """A mean with its 95 % interval: "63 % (29 to 96 %)"."""
    mean, low, high = (group[f"{prefix}{name}"] for name in ("mean", "low", "high"))
    return f"{numbers.percent(mean)} ({numbers.span(low, high)})"


def chances(group: Any, required: Any) -> list[str]:
    """The probability of each criterion, beside what the decision requires."""
    return numbers.probabilities(group["probability"].values, required.values)


def known(group: xr.Dataset) -> bool:
    """Whether a rate is taken as known."""
    return float(group["high"]) - float(group["low"]) < KNOWN


def number(value: Any) -> str:
    """A technical number, short."""
    return f"{float(value):.3g}"
