"""Tables of a plan, for a terminal and for its page: designs, smallest sizes, boundaries."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesips.report.plan_error_words import percent
from bayesips.words.numbers import brief

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class PlanTable:
    """A table in words: title, names of columns, rows of cells."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(tree: xr.DataTree) -> list[PlanTable]:
    """Designs as declared, the smallest that meet the goals, and boundaries.

    Parameters
    ----------
    tree : xarray.DataTree
        What `plan` returns.
    """
    return [_candidates(tree), _smallest(tree), *_protocol(tree)]


def _candidates(tree: xr.DataTree) -> PlanTable:
    """Power and errors of every candidate as declared."""
    about, group = tree.attrs, tree["characteristics"].to_dataset()
    columns = {"power": "power", brief(about["history_rate"]): "type1_at_history"}
    if np.isfinite(about["history_high"]):
        columns[brief(about["history_high"])] = "type1_at_high"
    if about["arms"] > 1:
        columns["worst"] = "worst_bound"
    title = "Designs as declared: power; error at control rates; error kept up to which rate"
    rows = []
    for label in group["design"].values:
        row = group.sel(design=label)
        cells = [percent(float(row[name])) for name in columns.values()]
        rows.append((str(label), *cells, brief(float(row["kept_up_to"]), 1)))
    return PlanTable(title, ("design", *columns, "kept to"), tuple(rows))


def _smallest(tree: xr.DataTree) -> PlanTable:
    """The smallest trial of each allocation and looks that meets the goals."""
    rows = []
    group = tree["sizes"].to_dataset()
    for place in range(group.sizes["shape"]):
        one = group.isel(shape=place)
        settled, last = float(one["settled"]), int(one["searched"])
        cells = ("none", "", f"none up to {last}")
        if one["enough"]:
            since = f"{settled:.0f} to {last}" if np.isfinite(settled) else f"not all up to {last}"
            cells = one["design"].item(), percent(float(one["power"])), since
        rows.append((one["shape"].item(), *cells))
    columns = ("allocation", "patients", "power", "every size from")
    return PlanTable("Smallest that meet the goals", columns, tuple(rows))


def _protocol(tree: xr.DataTree) -> list[PlanTable]:
    """Boundaries at interim looks and at the end; with controls, at the rate planned for."""
    rows = tree["boundaries"].to_dataset().to_dataframe().to_dict("records")
    held = ""
    if tree.attrs["arms"] > 1:
        held = f" where {brief(tree.attrs['control_rate'])} of the controls are"
    titles = {
        0: ("Interim looks", "futility at most", "claim at least"),
        1: ("At the end", "stop at most", "go at least"),
    }
    found = []
    for end, (title, low, high) in titles.items():
        cells = tuple(
            (
                row["design"],
                _patients(row),
                _count(row["stop_at_most"]),
                _count(row["claim_at_least"]),
            )
            for row in rows
            if row["expected"] and row["end"] == end
        )
        columns = ("design", "patients", low, high)
        found += [PlanTable(f"{title}: treated successes{held}", columns, cells)] if cells else []
    return found


def _patients(row: dict[str, Any]) -> str:
    """Patients at a look."""
    treated, control = row["n_treated"], row["n_control"]
    return f"{treated} + {control}" if control else str(treated)


def _count(successes: int) -> str:
    """A boundary; none where no count does it."""
    return "none" if successes < 0 else str(successes)


def all_boundaries(tree: xr.DataTree) -> str:
    """Boundaries for every number of successes among the controls, control:treated, as lines."""
    rows = tree["boundaries"].to_dataset().to_dataframe().to_dict("records")
    lines = ["Boundaries (treated successes; with controls, control:treated):"]
    for (design, *_), look in groupby(rows, _which):
        held = list(look)
        low, high = (_line(held, name) for name in ("stop_at_most", "claim_at_least"))
        words = ("stop at most", "go at least")
        if not held[0]["end"]:
            words = ("stop for futility at most", "claim at least")
        size = _patients(held[0])
        lines.append(f"- {design}, at {size}: {words[0]} {low}; {words[1]} {high}.")
    return "\n".join(lines)


def _which(row: dict[str, Any]) -> tuple[str, int, int]:
    """The look a row belongs to."""
    return row["design"], row["n_treated"], row["n_control"]


def _line(rows: list[dict[str, Any]], name: str) -> str:
    """A boundary of one look."""
    if len(rows) == 1 and rows[0]["control_successes"] < 0:
        return _count(rows[0][name])
    pairs = [f"{row['control_successes']}:{row[name]}" for row in rows if row[name] >= 0]
    return " ".join(pairs) or "none"
