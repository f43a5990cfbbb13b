"""Tables of a landmark result: other days, each study left out, every row against predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bayesips.report.rates import chances, with_interval
from bayesips.words.numbers import percent
from bayesips.words.outcome import outcome_of

if TYPE_CHECKING:
    import xarray as xr

DAYS = (28, 56, 100)


def days(tree: xr.DataTree) -> list[dict[str, str]]:
    """Both groups' survival on three days; empty where there is none in time."""
    if "survival" not in tree.children:
        return []
    group = tree["survival"].to_dataset()
    return [
        {"day": f"day {day}"}
        | {name: with_interval(at, f"{name}_") for name in ("treated", "control")}
        for day in DAYS
        for at in [group.sel(day=day)]
    ]


def left_out(tree: xr.DataTree) -> list[dict[str, Any]]:
    """The answer without each study in turn; empty where there is none."""
    if "left_out" not in tree.children:
        return []
    group = tree["left_out"].to_dataset()
    return [
        {
            "name": str(label),
            "control": with_interval(group.isel(arm=place)),
            "probabilities": chances(group.isel(arm=place), tree),
        }
        for place, label in enumerate(group["arm"].values)
    ]


def checks(tree: xr.DataTree) -> list[dict[str, str]]:
    """Every historical row, and how many of its patients were predicted to be alive."""
    if "rows" not in tree.children:
        return []
    group = tree["rows"].to_dataset()
    state = outcome_of(tree.attrs).state
    return [_checked(group.isel(row=place), state) for place in range(group.sizes["row"])]


def _checked(row: xr.Dataset, state: str) -> dict[str, str]:
    """One row in words."""
    said = {"=": "", ">=": "at least ", "<=": "at most "}[str(row["relation"].item())]
    day = f"day {float(row['day']):g}" if bool(row["day_known"]) else "day not known"
    return {
        "name": str(row["arm"].item()),
        "reported": f"{day}: {said}{int(row['successes'])} of {int(row['n'])}",
        "own": _predicted(row, "own", state),
        "others": _predicted(row, "others", state),
    }


def _predicted(row: xr.Dataset, kind: str, state: str) -> str:
    """Range of the predicted count, and how often one as unlikely as the reported would be seen."""
    low, high, tail = (float(row[f"{kind}_{part}"]) for part in ("low", "high", "tail"))
    if not np.isfinite(tail):
        return "not predicted"
    return f"{low:.0f} to {high:.0f} {state}; {percent(tail)}"
