"""Spider of outcomes: P(effect > margin) for every number of survivors, one line per choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayesips.declare.model import Model
from bayesips.plots import style
from bayesips.sensitivity import vary
from bayesips.sensitivity.labels import shortened
from bayesips.words.outcome import carried, outcome_of

COLOURS = (style.TREATED, style.CONTROL, "#009E73", "#AA4499", "#E69F00", style.NEUTRAL, "#56B4E9")
MARKS = "os^Dv<>P"
LONGEST = 24


def data(model: Model, axis: str, values: Sequence[Any], criterion: int = 1) -> xr.Dataset:
    """Every outcome under every value of one axis; (choice, survivors).

    A choice whose engine has no answer keeps its place, without numbers.
    """
    outcomes = list(range(model.treated.n + 1))
    cells = vary(model, {axis: values, "treated.successes": outcomes}).sel(criterion=criterion)
    labels = np.array([shortened(label, LONGEST) for label in cells[axis].values], dtype=object)
    return xr.Dataset(
        {
            "probability": (("choice", "survivors"), cells.probability.values),
            "met": (("choice", "survivors"), cells.met.values),
        },
        {"choice": labels, "survivors": outcomes},
        {
            "required": float(cells.required.max()), "observed": model.treated.successes,
            "treated": model.treated.label, "axis": axis, "model": model.name,
            **carried(cells.attrs),
        },
    )  # fmt: skip


def sheet(data: xr.Dataset) -> style.Sheet:
    """Space for the names of the choices on the right."""
    height = max(3.4, 1.2 + 0.19 * data.sizes["choice"])
    return style.Sheet(7.2, height, left=0.75, right=2.1, top=0.35, bottom=0.55)


def draw(data: xr.Dataset, ax: Axes) -> None:
    """Draw one line for each choice, filled marks where the decision is met."""
    survivors = data["survivors"].values
    for number, name in enumerate(data["choice"].values):
        one = data.isel(choice=number)
        colour, mark = COLOURS[number % len(COLOURS)], MARKS[number % len(MARKS)]
        met = one["met"].values
        ax.plot(survivors, one["probability"].values, color=colour, linewidth=0.9, alpha=0.7)
        ax.scatter(survivors, one["probability"].values, marker=mark, s=26, zorder=3,
                   edgecolor=colour, linewidth=1.1,
                   facecolor=np.where(met, colour, "white"))  # fmt: skip
        ax.scatter([], [], marker=mark, s=26, color=colour, label=str(name))
    required, observed = data.attrs["required"], data.attrs["observed"]
    ax.axhline(required, color=style.NEUTRAL, linewidth=0.9, linestyle=(0, (4, 3)))
    ax.axvline(observed, color=style.HISTORY, linewidth=0.9, linestyle=":")
    ax.annotate(f"seen: {observed}", xy=(observed, 0.02), xycoords=ax.get_xaxis_transform(),
                xytext=(4, 2), textcoords="offset points", fontsize=style.SMALL,
                weight="bold")  # fmt: skip
    style.upright_percent_axis(ax, outcome_of(data.attrs).claim, 1.04)
    ax.set_xticks(survivors)
    words, name = outcome_of(data.attrs), data.attrs["treated"]
    ax.set_xlabel(f"{words.people} among {survivors[-1]} {words.unit} with {name}")
    ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False,
                       title=f"{data.attrs['axis']}\n(filled: more than {100 * required:g} %)",
                       fontsize=style.SMALL, title_fontsize=style.SMALL)  # fmt: skip


def caption(data: xr.Dataset) -> str:
    """What the lines show, in words."""
    seen = data.sel(survivors=data.attrs["observed"])
    met = int(seen.met.sum())
    return (
        f"Every outcome of {data.attrs['model']} under {data.sizes['choice']} values of "
        f"{data.attrs['axis']}. With {data.attrs['observed']} "
        f"{outcome_of(data.attrs).people}, as seen, {met} of them meet the claim."
    )
