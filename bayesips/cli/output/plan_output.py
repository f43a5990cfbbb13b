"""A plan, or a running trial's status: for a terminal, as JSON, or into a folder."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import xarray as xr
from rich.table import Table

from bayesips.cli.output import folder, spreadsheets
from bayesips.cli.output.folder import FIGURES, PAGE, RESULT
from bayesips.cli.output.tables import UNBROKEN, console, empty_table
from bayesips.planning.monitoring import Status
from bayesips.report.monitor_words import deviation
from bayesips.report.plan_error_words import percent
from bayesips.report.plan_tables import PlanTable, all_boundaries, tables
from bayesips.words.numbers import short

TEXT = "plan.txt"
NARROW = 80  # columns that every table fits


def show(tree: xr.DataTree) -> None:
    """Print the verdict, the tables, everything in words, and the verdict again."""
    out = console(NARROW)
    verdict, rest = unbroken(tree.attrs["conclusion"]).split("\n\n", 1)
    out.print(f"plan {tree.attrs['plan']}, exact\n")
    out.print(verdict, markup=False, style="bold")
    for table in tables(tree):
        out.print()
        out.print(_on_terminal(table))
    out.print(f"\n{rest}\n", markup=False)
    out.print(verdict, markup=False, style="bold")


def _on_terminal(plain: PlanTable) -> Table:
    """A table as the terminal draws it."""
    table = empty_table(plain.title, *plain.columns)
    for row in plain.rows:
        table.add_row(*map(short, row))
    return table


def unbroken(text: str) -> str:
    """Numbers and their per cent signs on one line."""
    return text.replace(" %", f"{UNBROKEN}%")


def show_all(tree: xr.DataTree) -> None:
    """Print what `show` prints, and the boundaries for every number of successes."""
    show(tree)
    console(NARROW).print(f"\n{all_boundaries(tree)}", markup=False)


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
    """Result, figures, page and text into a folder that appears whole."""
    folder.appear(out, lambda place: _fill(tree, place))


def _fill(tree: xr.DataTree, place: Path) -> None:
    """Everything that belongs into the folder."""
    from bayesips import plots
    from bayesips.report.plan_page import plan_html

    tree.to_netcdf(place / RESULT, engine="h5netcdf")
    (place / FIGURES).mkdir()
    drawn = plots.draw_all(tree, place / FIGURES)
    svgs = {path.stem: path.read_bytes() for path in drawn if path.suffix == ".svg"}
    (place / PAGE).write_text(plan_html(tree, svgs), encoding="utf-8")
    text = f"{tree.attrs['conclusion']}\n\n{all_boundaries(tree)}\n"
    (place / TEXT).write_text(text, encoding="utf-8")
    spreadsheets.write_tree(tree, place)
