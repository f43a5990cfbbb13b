"""Sensitivity as tables for a terminal, one JSON object, or a folder."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import xarray as xr
from rich.table import Table

from bayesips.answer.assessment.later_landmarks import LaterLandmarks, Unanswered, rows_in_words
from bayesips.cli.output import folder, json_text, spreadsheets
from bayesips.cli.output.json_text import number
from bayesips.cli.output.tables import console, empty_table
from bayesips.declare.model import Model
from bayesips.sensitivity import Sceptic, share_supported
from bayesips.words.numbers import percent, probabilities, probability
from bayesips.words.outcome import outcome_of

CELLS, TIPPING = "cells.nc", "tipping.nc"
if TYPE_CHECKING:
    from bayesips.plots.picture import SensitivityFound

# Columns and rows of the curve in letters.
WIDTH, HEIGHT = 72, 11
NOT_KNOWN = (
    "not known: another question, what if the control rate were one known number? The claim would "
    "be met {side} the rate given, and not {other} it."
)


class NamedSensitivities(NamedTuple):
    """Named sensitivities that are printed beside the table: one sceptic, and later landmarks."""

    sceptic: Sceptic
    later: LaterLandmarks | Unanswered | None


def show(model: Model, cells: xr.Dataset, table: xr.Dataset, named: NamedSensitivities) -> None:
    """Print the tipping points, the share of analyses that support the claim, and the curve."""
    out = console()
    out.print(model.question, style="bold")
    out.print(_now(table), markup=False)
    out.print(_tipping(table))
    if not np.isfinite(table["present"]).all():
        sides = ("below", "above") if model.outcome.more_is_better else ("above", "below")
        out.print(f"{NOT_KNOWN.format(side=sides[0], other=sides[1])}\n", markup=False)
    out.print(f"A sceptic: {named.sceptic.text}.\n", markup=False)
    if named.later is not None:
        out.print(_later(model, named.later), markup=False)
    out.print(_share(cells), markup=False)
    if bool((cells.settled & ~cells.repeated).any()):
        out.print(_choices(cells))
        out.print(_curve(cells), markup=False)


def _later(model: Model, later: LaterLandmarks | Unanswered) -> str:
    """The answer if the treated arm's later rows are included, or why there is none."""
    if isinstance(later, Unanswered):
        rows = rows_in_words(model.treated)
        return (
            f"The treated {model.outcome.unit}' later course included ({rows}): not answered, for "
            f"{later.missing_because}.\n"
        )
    required = [each.probability for each in model.decisions]
    before, after = (probabilities(values, required) for values in (later.without, later.with_them))
    chances = (f"{new} instead of {old}" for old, new in zip(before, after, strict=True))
    return (
        f"The treated {model.outcome.unit}' later course included "
        f"({rows_in_words(model.treated)}): "
        f"P(effect > margin) = {', '.join(chances)}.\n"
    )


def _now(table: xr.Dataset) -> str:
    """The first decision as it stands."""
    held = "is met" if table.attrs["met"] else "is not met"
    sign = outcome_of(table.attrs).sign
    chance = probability(table.attrs["probability"], table.attrs["required"])
    return (
        f"model {table.attrs['model']}: P({table.attrs['scale']} {sign} "
        f"{table.attrs['margin']:g}) = "
        f"{chance}, required more than {100 * table.attrs['required']:g} %: the decision {held}.\n"
    )


def _tipping(table: xr.Dataset) -> Table:
    """The knobs, the most fragile first."""
    columns = ("knob", "now", "flips at", "change", "unit")
    found = empty_table("What would flip the decision, the smallest change first", *columns)
    for knob in table["knob"].values:
        one = table.sel(knob=knob)
        flips = bool(one["flips"])
        found.add_row(
            str(one["title"].item()),
            f"{float(one['present']):.4g}" if np.isfinite(one["present"]) else "not known",
            f"{float(one['tipping']):.4g}" if flips else "does not flip",
            f"{float(one['change']):+.4g}" if np.isfinite(one["change"]) else "",
            str(one["unit"].item()),
        )
    return found


def _share(cells: xr.Dataset) -> str:
    """How many analyses support the claim."""
    counted = int((cells.settled & ~cells.repeated).sum())
    lost = int((~cells.settled).sum())
    reasons = "; ".join(np.unique(cells.reason.values[~cells.settled.values].astype(str)))
    if not counted:
        return f"No analysis has an answer: {reasons}"
    said = f"{counted} different {'analysis' if counted == 1 else 'analyses'}: "
    said += f"{percent(share_supported(cells))} support the claim."
    return f"{said} {lost} have no answer: {reasons}" if lost else said


def _choices(cells: xr.Dataset) -> Table:
    """For each choice: range of the probability, share that supports the claim."""
    columns = ("choice", "value", "lowest", "median", "highest", "support")
    claim = outcome_of(cells.attrs).claim
    found = empty_table(f"{claim} by choice, over all others", *columns)
    counted = cells.settled & ~cells.repeated
    chance = cells.probability.isel(criterion=0).where(counted)
    for axis in cells.attrs["axes"]:
        for place, value in enumerate(cells[axis].values):
            some, here = chance.isel({axis: place}), counted.isel({axis: place})
            if not bool(here.any()):
                continue
            share = float(cells.supported.isel({axis: place}).where(here).mean())
            ends = (float(x) for x in (some.min(), some.median(), some.max()))
            name = axis if place == 0 else ""
            found.add_row(name, str(value), *(percent(x, 1) for x in ends), percent(share))
    return found


def _curve(cells: xr.Dataset) -> str:
    """The specification curve in letters: analyses from left to right in order of the answer."""
    counted = (cells.settled & ~cells.repeated).values
    values = np.sort(cells.probability.isel(criterion=0).values[counted])
    place = np.linspace(0, len(values) - 1, min(WIDTH, len(values))).round().astype(int)
    level = np.rint(values[place] * (HEIGHT - 1)).astype(int)
    rows = [
        f"{100 * row / (HEIGHT - 1):>5.0f} % |" + "".join("o" if at == row else " " for at in level)
        for row in reversed(range(HEIGHT))
    ]
    title = f"{outcome_of(cells.attrs).claim} of every analysis, in order"
    return "\n".join([title, *rows, " " * 8 + "+" + "-" * len(level)])


def as_text(model: Model, cells: xr.Dataset, table: xr.Dataset, named: NamedSensitivities) -> str:
    """One JSON object; a value that does not exist is null."""
    share = share_supported(cells)
    found = {
        "model": model.name,
        "decision": {
            name: table.attrs[name] for name in ("margin", "required", "probability")
        } | {"met": bool(table.attrs["met"])},
        "tipping": [_knob(table.sel(knob=knob)) for knob in table["knob"].values],
        "sceptic": {
            "n": number(named.sceptic.n),
            "mean": named.sceptic.mean,
            "text": named.sceptic.text,
        },
        "later_landmarks": None if named.later is None else {
            "rows": rows_in_words(model.treated), **asdict(named.later)
        },
        "multiverse": {
            "axes": {axis: cells[axis].values.tolist() for axis in cells.attrs["axes"]},
            "cells": int(cells.settled.size),
            "distinct": int((cells.settled & ~cells.repeated).sum()),
            "unsettled": int((~cells.settled).sum()),
            "share_supported": number(share),
        },
    }  # fmt: skip
    return json_text.as_text(found, indent=2)


def _knob(one: xr.Dataset) -> dict[str, Any]:
    """One row of the tipping table."""
    return {
        "knob": str(one["knob"].item()),
        "title": str(one["title"].item()),
        "unit": str(one["unit"].item()),
        "present": number(one["present"]),
        "tipping": number(one["tipping"]),
        "change": number(one["change"]),
        "flips": bool(one["flips"]),
    }


def check(out: str | Path) -> None:
    """Refuse a place that cannot take the results, before anything is computed.

    Raises
    ------
    Refused
        If it is a file, or a folder with something else in it.
    """
    folder.check(out, CELLS)


def write(found: SensitivityFound, out: str | Path) -> None:
    """Both Datasets, and the figures, into a folder that appears whole."""
    folder.appear(out, lambda place: _fill(found, place))


def _fill(found: SensitivityFound, place: Path) -> None:
    """Everything that belongs into the folder."""
    from bayesips.plots.picture import save_all

    (place / folder.FIGURES).mkdir()
    found.cells.to_netcdf(place / CELLS, engine="h5netcdf")
    found.tipping.to_netcdf(place / TIPPING, engine="h5netcdf")
    spreadsheets.write({"analyses": found.cells, "tipping": found.tipping}, place)
    save_all(found, place / folder.FIGURES)
