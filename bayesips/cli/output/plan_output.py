"""A plan, or a running trial's status: for a terminal, as JSON, or into a folder."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from rich.table import Table

from bayesips.cli.output import folder, spreadsheets
from bayesips.cli.output.folder import FIGURES, RESULT
from bayesips.cli.output.tables import UNBROKEN, console, empty_table
from bayesips.planning.monitoring import Status
from bayesips.report.monitor_words import deviation
from bayesips.report.plan_error_words import percent
from bayesips.words.numbers import brief, short

TEXT = "plan.txt"
NARROW = 80  # columns that every table fits


def show(tree: xr.DataTree) -> None:
    """Print the verdict, the tables, everything in words, and the verdict again."""
    out = console(NARROW)
    verdict, rest = unbroken(tree.attrs["conclusion"]).split("\n\n", 1)
    out.print(f"plan {tree.attrs['plan']}, exact\n")
    out.print(verdict, markup=False, style="bold")
    for table in (candidates(tree), smallest(tree), *protocol(tree)):
        out.print()
        out.print(table)
    out.print(f"\n{rest}\n", markup=False)
    out.print(verdict, markup=False, style="bold")


def unbroken(text: str) -> str:
    """Numbers and their per cent signs on one line."""
    return text.replace(" %", f"{UNBROKEN}%")


def show_all(tree: xr.DataTree) -> None:
    """Print what `show` prints, and the boundaries for every number of successes."""
    show(tree)
    console(NARROW).print(f"\n{all_boundaries(tree)}", markup=False)


def candidates(tree: xr.DataTree) -> Table:
    """Power and errors of every candidate as declared."""
    about, group = tree.attrs, tree["characteristics"].to_dataset()
    columns = {"power": "power", brief(about["history_rate"]): "type1_at_history"}
    if np.isfinite(about["history_high"]):
        columns[brief(about["history_high"])] = "type1_at_high"
    if about["arms"] > 1:
        columns["worst"] = "worst_bound"
    title = "Designs as declared: power; error at control rates; error kept up to which rate"
    table = empty_table(title, "design", *columns, "kept to")
    for label in group["design"].values:
        row = group.sel(design=label)
        cells = [short(percent(float(row[name]))) for name in columns.values()]
        table.add_row(str(label), *cells, brief(float(row["kept_up_to"]), 1))
    return table


def smallest(tree: xr.DataTree) -> Table:
    """The smallest trial of each allocation and looks that meets the goals."""
    table = empty_table("Smallest that meet the goals", "allocation", "patients", "power",
                        "every size from")  # fmt: skip
    group = tree["sizes"].to_dataset()
    for place in range(group.sizes["shape"]):
        one = group.isel(shape=place)
        settled, last = float(one["settled"]), int(one["searched"])
        cells = ("none", "", f"none up to {last}")
        if one["enough"]:
            since = f"{settled:.0f} to {last}" if np.isfinite(settled) else f"not all up to {last}"
            cells = one["design"].item(), percent(float(one["power"])), since
        table.add_row(one["shape"].item(), *cells)
    return table


def protocol(tree: xr.DataTree) -> list[Table]:
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
        table = empty_table(f"{title}: treated successes{held}", "design", "patients", low, high)
        for row in rows:
            if row["expected"] and row["end"] == end:
                ends = (_count(row[name]) for name in ("stop_at_most", "claim_at_least"))
                table.add_row(row["design"], patients(row), *ends)
        found += [table] if table.row_count else []
    return found


def patients(row: dict[str, Any]) -> str:
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
        size = patients(held[0])
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


def show_status(status: Status) -> None:
    """Print where a running trial stands."""
    out = console()
    arms = zip(("treated", "control"), status.successes, status.n, strict=False)
    seen = ", ".join(f"{arm} {y} of {n}" for arm, y, n in arms)
    out.print(f"{status.design}: {seen} ({status.look} look)", markup=False)
    if differs := deviation(status):
        out.print(f"Deviation: {differs}.", markup=False)
    out.print(f"Now: {status.action}.", style="bold")
    out.print("P(criterion) now: " + ", ".join(f"{each:.4f}" for each in status.probabilities))
    out.print(f"Predictive probability of success at the end: {percent(status.predictive)}")
    out.print(f"With the remaining looks: {percent(status.predictive_with_looks)}")
    out.print(f"Conditional power at the rates planned for: {percent(status.conditional_power)}")
    for name, value in status.conditional_assurance.items():
        out.print(f"Conditional assurance ({name}): {percent(value)}", markup=False)
    if status.next_look is not None:
        out.print(_next(status))


def _next(status: Status) -> Table:
    """The next look's boundary."""
    size = " + ".join(str(n) for n in status.next_look or ())
    columns = ("stop at most", "go at least")
    if status.next_look != status.planned_looks[-1]:
        columns = ("stop for futility at most", "claim at least")
    table = empty_table(f"Next look at {size}", "control", *columns)
    for row in status.boundary:
        table.add_row(*("none" if row[name] is None else str(row[name]) for name in row))
    return table


def status_object(status: Status) -> dict[str, Any]:
    """A running trial's status, with what differs from its plan."""
    return {**asdict(status), "deviation": deviation(status)}


def as_object(tree: xr.DataTree) -> dict[str, Any]:
    """The whole plan: attributes, and every group with its coordinates and values."""
    groups = {name: _group(child.to_dataset()) for name, child in tree.children.items()}
    attributes = {str(name): value for name, value in tree.attrs.items() if name != "versions"}
    return {**attributes, "versions": json.loads(tree.attrs["versions"]), **groups}


def _group(dataset: xr.Dataset) -> dict[str, Any]:
    """One group."""
    values = {name: each.values.tolist() for name, each in dataset.variables.items()}
    attributes = {str(name): value for name, value in dataset.attrs.items()}
    return {**attributes, **{str(name): value for name, value in values.items()}}


def write(tree: xr.DataTree, out: str | Path) -> None:
    """Result, figures and text into a folder that appears whole."""
    folder.appear(out, lambda place: _fill(tree, place))


def _fill(tree: xr.DataTree, place: Path) -> None:
    """Everything that belongs into the folder."""
    from bayesips import plots

    tree.to_netcdf(place / RESULT, engine="h5netcdf")
    (place / FIGURES).mkdir()
    plots.draw_all(tree, place / FIGURES)
    text = f"{tree.attrs['conclusion']}\n\n{all_boundaries(tree)}\n"
    (place / TEXT).write_text(text, encoding="utf-8")
    spreadsheets.write_tree(tree, place)
