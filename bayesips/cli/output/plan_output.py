"""A plan, or a running trial's status: for a terminal, as JSON, or into a folder."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import xarray as xr
from rich.console import Console
from rich.table import Table

from bayesips.cli.output import folder, spreadsheets
from bayesips.cli.output.folder import FIGURES, PAGE, RESULT
from bayesips.cli.output.tables import console, empty_table, wrapped
from bayesips.planning.monitoring import Status
from bayesips.report.monitor_words import deviation, standing
from bayesips.report.plan_tables import PlanTable, all_boundaries, tables
from bayesips.report.plan_words import paragraphs
from bayesips.words.numbers import short

TEXT = "plan.txt"
NARROW = 80  # columns that every table fits


def show(tree: xr.DataTree) -> None:
    """Print the verdict, the tables, everything in words, and the verdict again."""
    out = console(NARROW)
    said = paragraphs(tree)
    verdict = said.pop("Answer")
    out.print(f"plan {tree.attrs['plan']}, exact\n")
    _say(out, verdict, style="bold")
    for table in tables(tree):
        out.print()
        out.print(_on_terminal(table))
    for title, text in said.items():
        out.print(f"\n{title}", markup=False, style="bold")
        _say(out, text)
    out.print()
    _say(out, verdict, style="bold")


def _say(out: Console, text: str, style: str = "") -> None:
    """Print lines, wrapped so that a number stays with its per cent sign."""
    lines = "\n".join(wrapped(line, out.width) for line in text.splitlines())
    out.print(lines, markup=False, soft_wrap=True, style=style)


def _on_terminal(plain: PlanTable) -> Table:
    """A table as the terminal draws it."""
    table = empty_table(plain.title, *plain.columns)
    for row in plain.rows:
        table.add_row(*map(short, row))
    return table


def show_all(tree: xr.DataTree) -> None:
    """Print what `show` prints, and the boundaries for every number of successes."""
    show(tree)
    _say(console(NARROW), f"\n{all_boundaries(tree)}")


def show_status(status: Status) -> None:
    """Print what to do now, why, and the next look."""
    out = console(NARROW)
    action, *reasons = standing(status)
    _say(out, action, style="bold")
    _say(out, "\n".join(reasons))
    if status.next_look is not None:
        out.print(_next(status))


def _next(status: Status) -> Table:
    """The next look's boundary."""
    size = " + ".join(str(n) for n in status.next_look or ())
    columns = ("stop at most", "go at least")
    if status.next_look != status.judged_looks[-1]:
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
