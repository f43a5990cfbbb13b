"""A plan, or a running trial's status: for a terminal, as JSON, or into a folder."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from rich.table import Table

from bayesips.cli.output import folder
from bayesips.cli.output.folder import FIGURES, RESULT
from bayesips.cli.output.tables import console, empty_table
from bayesips.planning.monitoring import Status
from bayesips.report.monitor_words import deviation
from bayesips.report.plan_context_words import percent

TEXT = "plan.txt"


def show(tree: xr.DataTree) -> None:
    """Print the summary, the candidates and the protocol's boundaries."""
    out = console()
    out.print(f"plan {tree.attrs['plan']}, exact\n")
    out.print(tree.attrs["conclusion"], markup=False)
    out.print()
    out.print(candidates(tree))
    for table in protocol(tree):
        out.print(table)


def candidates(tree: xr.DataTree) -> Table:
    """Error and power of every candidate."""
    group = tree["characteristics"].to_dataset()
    table = empty_table(
        "Designs",
        "design",
        "power",
        "error, controls as expected",
        "error at worst",
        "expected patients",
    )  # fmt: skip
    for label in group["design"].values:
        row = group.sel(design=label)
        table.add_row(
            str(label),
            percent(float(row["power"])),
            percent(float(row["type1_at_history"])),
            percent(float(row["worst_bound"])),
            f"{float(row['expected_n_without_effect']):.1f} without effect, "
            f"{float(row['expected_n_as_planned']):.1f} as planned",
        )
    return table


def protocol(tree: xr.DataTree) -> list[Table]:
    """Boundaries at interim looks and at the end, one line a look."""
    rows = tree["boundaries"].to_dataset().to_dataframe().to_dict("records")
    of_what = "treated successes" + ("; control:treated" if tree.attrs["arms"] > 1 else "")
    titles = {
        0: ("Interim looks", "stop for futility at most", "claim at least"),
        1: ("At the end", "stop at most", "go at least"),
    }
    found = []
    for end, (title, low, high) in titles.items():
        table = empty_table(f"{title} ({of_what})", "design", "patients", low, high)
        for which, held in groupby((row for row in rows if row["end"] == end), _which):
            table.add_row(*_row(which, list(held)))
        found += [table] if table.row_count else []
    return found


def _row(which: tuple[str, int, int], rows: list[dict[str, Any]]) -> tuple[str, ...]:
    """One look."""
    design, treated, control = which
    size = f"{treated} + {control}" if control else str(treated)
    return design, size, *(_line(rows, name) for name in ("stop_at_most", "claim_at_least"))


def _which(row: dict[str, Any]) -> tuple[str, int, int]:
    """The look a row belongs to."""
    return row["design"], row["n_treated"], row["n_control"]


def _line(rows: list[dict[str, Any]], name: str) -> str:
    """A boundary of one look."""
    if len(rows) == 1 and rows[0]["control_successes"] < 0:
        return "none" if rows[0][name] < 0 else str(rows[0][name])
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


def as_text(found: object) -> str:
    """JSON; a value that does not exist is null."""
    return json.dumps(_plain(found), ensure_ascii=False, indent=1, allow_nan=False)


def _plain(value: object) -> object:
    """Python's own kinds, without nan."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def write(tree: xr.DataTree, out: str | Path) -> None:
    """Result, figures and text into a folder that appears whole."""
    folder.appear(out, lambda place: _fill(tree, place))


def _fill(tree: xr.DataTree, place: Path) -> None:
    """Everything that belongs into the folder."""
    from bayesips import plots

    tree.to_netcdf(place / RESULT, engine="h5netcdf")
    (place / FIGURES).mkdir()
    plots.draw_all(tree, place / FIGURES)
    (place / TEXT).write_text(tree.attrs["conclusion"] + "\n", encoding="utf-8")
