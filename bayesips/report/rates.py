"""Rates as a page shows them: a share, its interval, or one known number."""

from __future__ import annotations

from typing import TYPE_CHECKING, SupportsFloat

from bayesips.words import numbers

if TYPE_CHECKING:
    import xarray as xr

KNOWN = 1e-9  # an interval shorter than this is one number


def share(control: xr.Dataset) -> str:
    """The control's mean; with a decimal where it is taken as known."""
    return numbers.percent(control["mean"], 1 if known(control) else 0)


def span(group: xr.Dataset, form: str = "{}") -> str:
    """The 95 % interval of a rate."""
    if known(group):
        return form.format("taken as known") if form == "{}" else ", taken as known"
    return form.format(numbers.span(group["low"], group["high"]))


def with_interval(group: xr.Dataset, prefix: str = "") -> str:
    """A mean with its 95 % interval: "63 % (29 to 96 %)"."""
    mean, low, high = (group[f"{prefix}{name}"] for name in ("mean", "low", "high"))
    return f"{numbers.percent(mean)} ({numbers.span(low, high)})"


def chances(group: xr.Dataset, tree: xr.DataTree) -> list[str]:
    """The probability of each criterion, beside what the decision of the result requires."""
    required = tree["decision"].to_dataset()["required"]
    return numbers.probabilities(group["probability"].values, required.values)


def counts(tree: xr.DataTree) -> tuple[int, int]:
    """Successes and patients of the treated arm."""
    group = tree["treated"].to_dataset()
    return int(group["successes"]), int(group["n"])


def known(group: xr.Dataset) -> bool:
    """Whether a rate is taken as known."""
    return float(group["high"]) - float(group["low"]) < KNOWN


def number(value: SupportsFloat) -> str:
    """A technical number, short."""
    return f"{float(value):.3g}"
