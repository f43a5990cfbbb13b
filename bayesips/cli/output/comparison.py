"""Methods side by side as tables for a terminal, or a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr
from rich.table import Table

from bayesips.cli.output import folder, spreadsheets
from bayesips.cli.output.json_text import plain_text
from bayesips.cli.output.tables import console, empty_table
from bayesips.report.rates import with_interval
from bayesips.words.numbers import brief, percent, plain, probabilities
from bayesips.words.outcome import outcome_of

TABLE = "comparison.nc"
AS_THEY_STAND = (
    "as declared: the model's own method with its vague part. The others stand with their default "
    "settings and without a vague part; meta_regression without covariates is map. "
    "worth: patients, by the moments of the control's distribution."
)

WITH_CONTROLS = (
    "After the trial's own controls. weight: how much of history the method kept, 1 all and 0 "
    "none; fixed: it learns no weight. borrowed: patients that the control is worth, by its "
    "moments, beyond the controls themselves."
)


def show(table: xr.Dataset) -> None:
    """Print the methods, then every outcome by method."""
    out = console()
    out.print(_methods(table))
    out.print(f"{AS_THEY_STAND}\n", markup=False)
    if np.isfinite(table["realised_ess"]).any():
        out.print(f"{WITH_CONTROLS}\n", markup=False)
    out.print(_outcomes(table))
    for name in table["method"].values[table["status"].values != ""]:
        out.print(f"{name}: {table['status'].sel({'method': name}).item()}", markup=False)


def _methods(table: xr.Dataset) -> Table:
    """Control and decision of each method that has an answer."""
    own = bool(np.isfinite(table["realised_ess"]).any())
    more = ("weight", "borrowed") if own else ()
    columns = (
        "method",
        "control (95 % interval)",
        "worth",
        *more,
        outcome_of(table.attrs).claim,
        "met",
    )
    found = empty_table(f"Borrowing methods on {table.attrs['model']}", *columns)
    for name in table["method"].values:
        one = table.sel({"method": name})
        if one["status"].item():
            continue
        known = float(one["low"]) == float(one["high"])
        worth = float(one["ess_moment"])
        found.add_row(
            str(name),
            percent(one["mean"], 1) if known else with_interval(one),
            f"{worth:.1f}" if np.isfinite(worth) else "known",
            *(_learned(one) if own else ()),
            chances(one["probability"].values, table),
            "yes" if bool(one["met"]) else "no",
        )
    return found


def _learned(one: xr.Dataset) -> tuple[str, str]:
    """The weight that a method learned from the trial's own controls, and what it borrowed."""
    weight, borrowed = float(one["weight"]), float(one["realised_ess"])
    return (
        plain(weight, 2) if np.isfinite(weight) else "fixed",
        plain(borrowed, 1) if np.isfinite(borrowed) else "known",
    )


def _outcomes(table: xr.Dataset) -> Table:
    """P(effect > margin) of the first criterion for every count of the treated, * where met."""
    counts = [str(x) for x in table["survivors"].values]
    words = outcome_of(table.attrs)
    title = f"{words.claim} in %, by number of {words.people}; * where met"
    found = empty_table(title, "method", *counts)
    means = [f"{100 * mean:.1f}" for mean in table["treated_mean"].values]
    found.add_row("treated mean", *means, style="italic")
    for name in table["method"].values:
        one = table.sel({"method": name})
        if one["status"].item():
            continue
        first = one["outcome_probability"].values[:, 0]
        marks = np.where(one["outcome_met"].values, "*", "")
        said = [f"{_bare(p)}{mark}" for p, mark in zip(first, marks, strict=True)]
        found.add_row(str(name), *said)
    return found


def _bare(chance: float) -> str:
    """A percentage without its sign; never a certainty that it is not."""
    return brief(chance, 1).removesuffix(" %")


def chances(values: np.ndarray, table: xr.Dataset) -> str:
    """The probability of each criterion."""
    return ", ".join(probabilities(values, table["required"].values))


def as_text(table: xr.Dataset) -> str:
    """One JSON object: what was asked, each method with all its numbers, and what they share."""
    own = sorted(str(name) for name, each in table.data_vars.items() if "method" in each.dims)
    shared = table[[name for name in table.data_vars if name not in own]]
    methods = [
        {"method": str(at), **{name: table[name].sel({"method": at}).values for name in own}}
        for at in table["method"].values
    ]
    labels = {str(name): each.values for name, each in table.coords.items() if name != "method"}
    found = {str(name): each.values for name, each in shared.data_vars.items()}
    return plain_text({**table.attrs, **labels, **found, "methods": methods})


def check(out: str | Path) -> None:
    """Refuse a place that cannot take the table, before anything is computed.

    Raises
    ------
    Refused
        If it is a file, or a folder with something else in it.
    """
    folder.check(out, TABLE)


def write(table: xr.Dataset, out: str | Path) -> None:
    """The Dataset and its figures, into a folder that appears whole."""
    folder.appear(out, lambda place: _fill(table, place))


def _fill(table: xr.Dataset, place: Path) -> None:
    """Everything that belongs into the folder."""
    from bayesips.plots import draw_all
    from bayesips.plots.comparison import METHODS

    table.to_netcdf(place / TABLE, engine="h5netcdf")
    spreadsheets.write({"methods": table}, place)
    draw_all(xr.DataTree.from_dict({f"/{METHODS}": table}), place / folder.FIGURES)
