"""What only a landmark result has, for JSON and terminal: other days, studies left out, checks."""

from __future__ import annotations

from typing import Any

import xarray as xr

from bayesips.cli.output.json_text import number
from bayesips.report.survival_in_time import DAYS, days
from bayesips.words.outcome import outcome_of


def survival(tree: xr.DataTree) -> list[dict[str, Any]] | None:
    """Survival of both groups on three days; None where there is none in time."""
    if "survival" not in tree.children:
        return None
    group = tree["survival"].to_dataset()
    return [
        {"day": day, **{str(name): number(value) for name, value in group.sel(day=day).items()}}
        for day in DAYS
    ]


def left_out(tree: xr.DataTree) -> list[dict[str, Any]] | None:
    """The answer without each study in turn; None where there is none."""
    if "left_out" not in tree.children:
        return None
    group = tree["left_out"].to_dataset()
    return [
        {
            "without": str(label),
            "control": number(group["mean"][place]),
            "interval": [number(group[end][place]) for end in ("low", "high")],
            "probability": [number(each) for each in group["probability"].values[place]],
        }
        for place, label in enumerate(group["arm"].values)
    ]


def row_checks(tree: xr.DataTree) -> list[dict[str, Any]] | None:
    """Every reported row against its prediction, with its own data and from the others alone."""
    if "rows" not in tree.children:
        return None
    group = tree["rows"].to_dataset()
    parts = ("mean", "low", "high", "tail")
    return [
        {
            "arm": str(one["arm"].item()),
            "day": number(one["day"]) if bool(one["day_known"]) else None,
            "relation": str(one["relation"].item()),
            "successes": int(one["successes"]),
            "n": int(one["n"]),
            "own": {part: number(one[f"own_{part}"]) for part in parts},
            "others": {part: number(one[f"others_{part}"]) for part in parts},
        }
        for one in (group.isel(row=place) for place in range(group.sizes["row"]))
    ]


def in_words(tree: xr.DataTree) -> str:
    """Survival on three days, a line for each; empty where there is none in time."""
    state = outcome_of(tree.attrs).state.capitalize()
    return "\n".join(
        f"{state} at {row['day']}: treated {row['treated']}, control {row['control']}."
        for row in days(tree)
    )
