"""Rates as a page shows them: a share, its interval, or one known number."""

from __future__ import annotations

from typing import Any

import xarray as xr

from bayesips.report import wording

KNOWN = 1e-9  # an interval shorter than this is one number


def share(control: xr.Dataset) -> str:
    """The control's mean; with a decimal where it is taken as known."""
    return wording.percent(control["mean"], 1 if known(control) else 0)


def span(group: xr.Dataset, form: str = "{}") -> str:
    """The 95 % interval of a rate."""
    if known(group):
        return form.format("taken as known") if form == "{}" else ", taken as known"
    return form.format(wording.span(group["low"], group["high"]))


def known(group: xr.Dataset) -> bool:
    """Whether a rate is taken as known."""
    return float(group["high"]) - float(group["low"]) < KNOWN


def number(value: Any) -> str:
    """A technical number, short."""
    return f"{float(value):.3g}"
