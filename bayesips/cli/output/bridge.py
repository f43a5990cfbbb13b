"""Sensitivity to the bridge as a table for a terminal, one JSON object, or a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from rich.table import Table

from bayesips.cli.output import folder, json_text, spreadsheets
from bayesips.cli.output.json_text import number
from bayesips.cli.output.tables import console, empty_table
from bayesips.declare.model import Model
from bayesips.words.numbers import percent, probability, span

TABLE = "bridge.nc"
NUMBERS = ("mean", "std", "mean_error", "r_hat", "ess_bulk", "ess_tail", "divergences")


def show(model: Model, table: xr.Dataset) -> None:
    """Print the lines, then what they come to."""
    out = console()
    out.print(model.question, style="bold")
    out.print(f"model {model.name}, what rests on the bridge from other days\n", markup=False)
    out.print(_lines(table))
    for sentence in sentences(table):
        out.print(sentence, markup=False)


def _lines(table: xr.Dataset) -> Table:
    """One line for each bridge and criterion."""
    columns = ("bridge", "control (sd)", "95 %", "P(effect > margin)", "error", "engine", "met")
    found = empty_table("Sensitivity to the bridge", *columns)
    for name in table["bridge"].values:
        for criterion in table["criterion"].values:
            found.add_row(*_cells(table.sel(bridge=name, criterion=criterion)))
    return found


def _cells(one: xr.Dataset) -> tuple[str, ...]:
    """The cells of one line."""
    name, engine = str(one["bridge"].item()), str(one["engine"].item())
    if one["reason"].item():
        return name, "withheld", "", "", "", engine, ""
    error = float(one["error"])
    return (
        name,
        f"{percent(one['mean'], 1)} ({100 * float(one['std']):.1f})",
        span(one["low"], one["high"]),
        probability(float(one["probability"]), float(one["required"])),
        f"{100 * error:.2g} %",
        engine,
        "yes" if bool(one["met"]) else "no",
    )


def sentences(table: xr.Dataset) -> Iterator[str]:
    """Range of the first probability, whether any bridge changes the verdict, what is withheld."""
    answered = table.isel(bridge=np.flatnonzero(table["reason"].values == ""))
    chances = answered["probability"].isel(criterion=0).values
    if len(chances):
        verdicts = answered["met"].values
        same = bool(np.all(verdicts == verdicts[:1]))
        yield (
            f"P(effect > {float(table['margin'][0]):g}) runs from {percent(chances.min(), 1)} to "
            f"{percent(chances.max(), 1)}; the verdict is "
            f"{'the same under every bridge' if same else 'not the same under every bridge'}."
        )
    sampled = answered.isel(bridge=np.flatnonzero(answered["engine"].values == "nuts"))
    for name in sampled["bridge"].values:
        one = sampled.sel(bridge=name)
        yield (
            f"{name}: {int(one['divergences'])} divergences, largest R-hat "
            f"{float(one['r_hat']):.3f}, smallest ESS "
            f"{min(float(one['ess_bulk']), float(one['ess_tail'])):.0f}."
        )
    yield from _withheld(table)


def _withheld(table: xr.Dataset) -> Iterator[str]:
    """Lines without an answer, and why."""
    for name, reason in zip(table["bridge"].values, table["reason"].values, strict=True):
        if reason:
            yield f"{name}: withheld: {reason}"


def as_text(model: Model, table: xr.Dataset) -> str:
    """One JSON object; a value that does not exist is null."""
    lines = [_object(table.sel(bridge=name)) for name in table["bridge"].values]
    return json_text.as_text({"model": model.name, "bridges": lines}, indent=2)


def _object(one: xr.Dataset) -> dict[str, Any]:
    """One bridge."""
    decisions = [
        {
            "margin": number(each["margin"]),
            "required": number(each["required"]),
            "probability": number(each["probability"]),
            "error": number(each["error"]),
            "met": bool(each["met"]) if not one["reason"].item() else None,
        }
        for each in (one.sel(criterion=criterion) for criterion in one["criterion"].values)
    ]
    return {
        "bridge": str(one["bridge"].item()),
        "engine": str(one["engine"].item()),
        **{name: number(one[name]) for name in NUMBERS},
        "interval": [number(one["low"]), number(one["high"])],
        "decision": decisions,
        "withheld": str(one["reason"].item()) or None,
    }


def check(out: str | Path) -> None:
    """Refuse a place that cannot take the results, before anything is computed."""
    folder.check(out, TABLE)


def write(table: xr.Dataset, out: str | Path) -> None:
    """Dataset and figure, into a folder that appears whole."""
    folder.appear(out, lambda place: _fill(table, place))


def _fill(table: xr.Dataset, place: Path) -> None:
    """Everything that belongs into the folder."""
    from bayesips.plots import bridges
    from bayesips.plots.picture import save

    (place / folder.FIGURES).mkdir()
    table.to_netcdf(place / TABLE, engine="h5netcdf")
    spreadsheets.write({"bridges": table}, place)
    for suffix in ("svg", "png"):
        save("bridges", bridges.data(table), place / folder.FIGURES / f"bridges.{suffix}")
