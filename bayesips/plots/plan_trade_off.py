"""Trade-off of a plan: patients against power, read directly and at equal worst-case error."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayesips.plots import style
from bayesips.plots.design_colours import COLOURS, finding, share_axis
from bayesips.words.numbers import brief


def applies(tree: xr.DataTree) -> bool:
    """Whether the result is a plan of several candidates."""
    return "routes" in tree.children and tree["characteristics"].sizes["design"] > 1


def data(tree: xr.DataTree) -> xr.Dataset:
    """Patients, and power under each route; `front`: no other has as much with fewer patients."""
    routes = tree["routes"].to_dataset()
    size = tree["characteristics"].to_dataset()["expected_n_as_planned"]
    table = routes[["power", "worst"]].assign(patients=size)
    power = table["power"].isel(route=-1).values
    smaller = size.values[:, None] >= size.values
    better = (power[:, None] < power) | (
        (power[:, None] == power) & (size.values[:, None] > size.values)
    )
    table["front"] = ("design", ~(smaller & better).any(axis=1))
    where = "in the worst case"
    if tree.attrs["arms"] == 1:
        where = "while the control rate is no higher than planned for"
    return table.assign_attrs(power=tree.attrs["power"], alpha=tree.attrs["alpha"], where=where)


def sheet(data: xr.Dataset) -> style.Sheet:
    """Space for the names to the right."""
    return style.Sheet(7.2, 3.8, left=0.75, right=2.2, top=0.5, bottom=0.6)


def draw(data: xr.Dataset, ax: Axes) -> None:
    """Draw hollow points read directly, full ones calibrated, joined; the front as a line."""
    share_axis(ax, "power as planned")
    ax.set_xlabel("expected patients as planned")
    for place, label in enumerate(data["design"].values):
        one, colour = data.sel(design=label), COLOURS[place % len(COLOURS)]
        x, power = float(one["patients"]), one["power"].values
        ax.plot([x, x], [power[0], power[-1]], color=colour, linewidth=0.9)
        ax.scatter(x, power[0], s=34, facecolor="white", edgecolor=colour, zorder=3)
        ax.scatter(x, power[-1], s=34, color=colour, zorder=3, label=str(label))
    front = data.isel(design=np.flatnonzero(data["front"].values)).sortby("patients")
    ax.plot(
        front["patients"], front["power"].isel(route=-1), color=style.FAINT, linewidth=4, zorder=0
    )
    ax.axhline(data.attrs["power"], color=style.NEUTRAL, linewidth=0.8, linestyle=":")
    ax.scatter(
        [], [], s=34, facecolor="white", edgecolor=style.NEUTRAL, label="hollow: read directly"
    )
    ax.scatter([], [], s=34, color=style.NEUTRAL, label="full: calibrated")
    ax.margins(x=0.12)
    kept = int((data["power"].isel(route=-1) >= data.attrs["power"]).sum())
    goal = brief(data.attrs["power"])
    finding(ax, f"Calibrated, {kept} of {data.sizes['design']} designs reach {goal} power")
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), frameon=False, fontsize=style.SMALL,
              borderaxespad=0)  # fmt: skip


def caption(data: xr.Dataset) -> str:
    """What the points show, in words."""
    names = ", ".join(data["design"].values[data["front"].values].tolist())
    return (
        "Expected patients against power: hollow where the posterior is read directly, full where "
        f"the threshold keeps the error at {brief(data.attrs['alpha'], 1)} {data.attrs['where']}. "
        f"Not beaten by another of the declared designs: {names}."
    )
