"""Tipping curve: P(effect > margin) as one number of the model is turned, decisions shaded."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayesips.declare.model import Model
from bayesips.plots import style
from bayesips.plots.picture import SensitivityFound
from bayesips.sensitivity.knobs import knob
from bayesips.sensitivity.tipping_point import flips, scanned
from bayesips.words.outcome import outcome_of

POINTS = 41
MOST_FLIPS = 3  # settings whose curves a command writes


def data(model: Model, name: str, bounds: tuple[float, float] | None = None) -> xr.Dataset:
    """The probability along one knob, and every value at which the first decision changes."""
    turned = knob(model, name, bounds)
    values, gaps = scanned(model, turned, POINTS)
    first = model.decisions[0]
    return xr.Dataset(
        {"probability": ("value", gaps + _required(model, name, values))},
        {"value": values},
        {
            "title": turned.title, "unit": turned.unit, "present": turned.present,
            "flips": [float(value) for value in flips(model, turned)], "way": turned.way,
            "required": first.probability, "model": model.name,
            "low": turned.low, "high": turned.high, **model.words.attributes(),
        },
    )  # fmt: skip


def of_sensitivity(found: SensitivityFound) -> Iterator[tuple[str, xr.Dataset]]:
    """The curve of each setting of the control that flips the decision, the first few."""
    flipping = found.tipping["knob"].values[found.tipping["flips"].values]
    names = [str(name) for name in flipping if name.startswith("control.")]
    for name in names[:MOST_FLIPS]:
        yield name.replace(".", "_").replace(" ", "_"), data(found.model, name)


def _required(model: Model, name: str, values: np.ndarray) -> np.ndarray | float:
    """What is required along the knob."""
    return values if name == "decision.probability" else model.decisions[0].probability


def sheet(data: xr.Dataset) -> style.Sheet:
    """One panel."""
    del data
    return style.Sheet(6.2, 3.3, left=0.75, right=1.0, top=0.4, bottom=0.6)


def draw(data: xr.Dataset, ax: Axes) -> None:
    """Draw the curve, the threshold, and shade where the claim holds."""
    x, y = data["value"].values, data["probability"].values
    way = data.attrs["way"]
    _shade(data, ax)
    if way == "whole":
        ax.plot(x, y, color=style.TREATED, linewidth=0.9, marker="o", markersize=5)
    else:
        ax.plot(x, y, color=style.TREATED, linewidth=1.6)
    style.required_line(ax, data.attrs["required"])
    if way == "log":
        ax.set_xscale("log")
    ax.set_xlim(x[0], x[-1])
    style.upright_percent_axis(ax, outcome_of(data.attrs).claim, 1.03)
    unit = data.attrs["unit"]
    ax.set_xlabel(f"{data.attrs['title']} ({unit})" if unit else data.attrs["title"])
    _mark(data, ax)


def caption(data: xr.Dataset) -> str:
    """What the curve shows, in words."""
    found = ", ".join(f"{value:.4g}" for value in data.attrs["flips"])
    says = f"The decision changes at {found}." if found else "The decision does not change."
    return (
        f"{outcome_of(data.attrs).claim} of {data.attrs['model']} as the {data.attrs['title']} "
        "is turned from "
        f"{data.attrs['low']:.3g} to {data.attrs['high']:.3g}; shaded where the claim holds. {says}"
    )


def _shade(data, ax):
    """Shade the ranges in which the claim holds."""
    x, y, required = data["value"].values, data["probability"].values, data.attrs["required"]
    if data.attrs["way"] == "whole":
        for value in x[y > required]:
            ax.axvspan(value - 0.5, value + 0.5, color=style.TREATED, alpha=0.1, linewidth=0)
        return
    edges = np.unique([x[0], *data.attrs["flips"], x[-1]])
    for low, high in pairwise(edges):
        inside = (x >= low) & (x <= high)
        if inside.any() and np.nanmedian(y[inside]) > required:
            ax.axvspan(low, high, color=style.TREATED, alpha=0.1, linewidth=0)


def _mark(data, ax):
    """The present value, and each tipping point, in words."""
    now = data.attrs["present"]
    if np.isfinite(now) and data["value"].values[0] <= now <= data["value"].values[-1]:
        ax.axvline(now, color=style.HISTORY, linewidth=0.9, linestyle=":")
        ax.annotate(f"now {now:.3g}", xy=(now, 0.02), xycoords=ax.get_xaxis_transform(),
                    xytext=(3, 2), textcoords="offset points", fontsize=style.SMALL)  # fmt: skip
    for number, value in enumerate(data.attrs["flips"]):
        ax.axvline(value, color=style.CONTROL, linewidth=1.1)
        ax.annotate(
            f"tips at {value:.4g}", xy=(value, 1), xycoords=ax.get_xaxis_transform(),
            xytext=(0, 4 + 11 * number), textcoords="offset points", ha="center", va="bottom",
            fontsize=style.SMALL, color=style.CONTROL, annotation_clip=False,
        )  # fmt: skip
