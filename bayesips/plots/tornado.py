"""Tornado: how far P(effect > margin) moves when one choice at a time is made otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayesips.declare.model import Model
from bayesips.errors import NotSettled
from bayesips.plots import style
from bayesips.plots.picture import SensitivityFound
from bayesips.sensitivity import vary
from bayesips.sensitivity.labels import shortened
from bayesips.words.numbers import brief, brief_probability
from bayesips.words.outcome import outcome_of

LONGEST = 26


def data(model: Model, axes: Mapping[str, Any], criterion: int = 1) -> xr.Dataset:
    """Lowest and highest probability along each axis by itself, the widest axis first."""
    alone = [vary(model, {name: values}).sel(criterion=criterion) for name, values in axes.items()]
    now = float(vary(model, {"decision.probability": [model.decisions[criterion - 1].probability]})
                .probability.sel(criterion=criterion).item())  # fmt: skip
    rows = [_row(cells) for cells in alone]
    rows.sort(key=lambda row: row["low"] - row["high"])
    columns = {name: ("axis", np.array([row[name] for row in rows])) for name in ("low", "high")}
    for name in ("low_label", "high_label"):
        columns[name] = ("axis", np.array([row[name] for row in rows], dtype=object))
    names = np.array([row["axis"] for row in rows], dtype=object)
    required = model.decisions[criterion - 1].probability
    attrs = {"now": now, "required": required, "model": model.name, **model.words.attributes()}
    return xr.Dataset(columns, {"axis": names}, attrs)


def of_sensitivity(found: SensitivityFound) -> Iterator[tuple[str, xr.Dataset]]:
    """The tornado of the choices that were varied."""
    yield "tornado", data(found.model, found.axes)


def _row(cells: xr.Dataset) -> dict[str, Any]:
    """The two ends of one axis."""
    (axis,) = cells.attrs["axes"]
    values = np.where(cells.settled, cells.probability, np.nan)
    if not np.isfinite(values).any():
        raise NotSettled(f"{axis}: none of its values has an answer: {cells.reason.values[0]}")
    low, high = int(np.nanargmin(values)), int(np.nanargmax(values))
    labels = [shortened(value, LONGEST) for value in cells[axis].values]
    return {
        "axis": axis, "low": values[low], "high": values[high],
        "low_label": labels[low], "high_label": labels[high],
    }  # fmt: skip


def sheet(data: xr.Dataset) -> style.Sheet:
    """One bar for each axis."""
    return style.Sheet(7.2, 1.2 + 0.42 * data.sizes["axis"], left=1.75, right=0.4, bottom=0.55)


def draw(data: xr.Dataset, ax: Axes) -> None:
    """Draw one bar for each axis, its ends in words."""
    now, required = data.attrs["now"], data.attrs["required"]
    for row, name in enumerate(data["axis"].values[::-1]):
        one = data.sel(axis=name)
        low, high = float(one["low"]), float(one["high"])
        ax.barh(row, now - low, left=low, height=0.42, color=style.CONTROL, alpha=0.75)
        ax.barh(row, high - now, left=now, height=0.42, color=style.TREATED, alpha=0.75)
        for value, label, side in ((low, one.low_label, "right"), (high, one.high_label, "left")):
            away = -4 if side == "right" else 4
            inside = (side == "right" and value < 0.2) or (side == "left" and value > 0.8)  # noqa: PLR2004
            ax.annotate(
                str(label.item()), xy=(value, row + (0.36 if inside else 0)),
                xytext=(-away if inside else away, 0), textcoords="offset points",
                ha=("left" if side == "right" else "right") if inside else side, va="center",
                fontsize=style.SMALL,
            )  # fmt: skip
    ax.set_yticks(range(data.sizes["axis"]), data["axis"].values[::-1])
    ax.set_ylim(-0.6, data.sizes["axis"] - 0.2)
    ax.axvline(now, color=style.HISTORY, linewidth=1.0)
    ax.axvline(required, color=style.NEUTRAL, linewidth=0.9, linestyle=(0, (4, 3)))
    style.percent_axis(ax, outcome_of(data.attrs).claim)
    ax.set_title(f"one choice at a time; now {brief_probability(now, required)}, "
                 f"required more than {100 * required:g} %", loc="left")  # fmt: skip
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)


def caption(data: xr.Dataset) -> str:
    """What the tornado shows, in words."""
    first = data.isel(axis=0)
    return (
        f"How far {outcome_of(data.attrs).claim} of {data.attrs['model']} moves when one choice "
        "at a time is "
        f"made otherwise. {first.axis.item()} moves it most: "
        f"{brief(float(first.low), 1)} ({first.low_label.item()}) to "
        f"{brief(float(first.high), 1)} ({first.high_label.item()})."
    )
