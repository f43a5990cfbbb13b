"""The section of the evidence: the table of historical groups, and their sources."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from bayesips.words.numbers import percent, span
from bayesips.words.outcome import outcome_of

PLACE = 10
TITLE = "What history says"


def given(tree: xr.DataTree) -> dict[str, Any]:
    """The table of historical groups, and their sources."""
    table = tree["evidence"].to_dataset()
    rows = [_arm(table.isel(arm=position)) for position in range(table.sizes["arm"])]
    return {
        "control_set": tree.attrs["control_set"],
        "rows": rows,
        "shrunken": bool(np.isfinite(table["shrunken"].values).any()),
        "conflict": bool(np.isfinite(table["conflict"].values).any()),
        "no_conflict_because": table.attrs.get("no_conflict_because", ""),
        "trial": {"label": tree.attrs["treated"], "source": tree["treated"].attrs["source"]},
        "day": _day(tree),
        "benchmark": _benchmark(tree),
    }


def _arm(one: xr.Dataset) -> dict[str, Any]:
    """One historical group."""
    study, _, group = str(one["arm"].item()).partition(", ")
    conflict, shrunken = float(one["conflict"]), np.isfinite(float(one["shrunken"]))
    return {
        "study": study,
        "group": group,
        "rows": str(one["rows"].item()),
        "used_as": str(one["used_as"].item()),
        "raw": percent(one["raw"]),
        "raw_span": span(one["raw_low"], one["raw_high"]),
        "bound": {">=": "at least", "<=": "at most"}.get(str(one["relation"].item()), ""),
        "shrunken": percent(one["shrunken"]) if shrunken else "",
        "shrunken_span": span(one["shrunken_low"], one["shrunken_high"]) if shrunken else "",
        "conflict": percent(conflict, 1) if np.isfinite(conflict) else "",
        "flags": [flag for flag in str(one["flags"].item()).split("; ") if flag],
        "source": str(one["source"].item()),
        "note": str(one["note"].item()),
    }


def _day(tree: xr.DataTree) -> str:
    """The day asked about, in words; empty where none is."""
    day = float(tree.attrs["landmark_day"])
    return f"day {day:g}" if np.isfinite(day) else ""


def _benchmark(tree: xr.DataTree) -> dict[str, str] | None:
    """The sponsor's number, set beside the answer."""
    group = tree["comparators"].to_dataset()
    if not np.isfinite(float(group["benchmark"])):
        return None
    return {
        "rate": percent(group["benchmark"], 1),
        "p_value": f"{float(group['p_value']):.4f}",
        "probability": percent(group["probability"], 1),
        "highest": percent(group["highest_rejected"], 1),
        "better": outcome_of(tree.attrs).better,
        "beyond": "above" if outcome_of(tree.attrs).more_is_better else "below",
        "source": str(group.attrs.get("source", "")),
    }
