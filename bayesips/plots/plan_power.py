"""Power curves of a plan: P(success) along the true treated rate, controls as planned for."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayesips.plots import style
from bayesips.plots.design_colours import finding, legend, line_of, share_axis
from bayesips.words.numbers import brief


def applies(tree: xr.DataTree) -> bool:
    """Whether the result is a plan."""
    return {"verdicts", "characteristics"} <= set(tree.children)


def data(tree: xr.DataTree) -> xr.Dataset:
    """P(go) by candidate along the true treated rate."""
    go = tree["verdicts"]["probability"].sel(verdict="go", drop=True)
    about = {name: tree.attrs[name] for name in ("control_rate", "treated_rate", "power", "alpha")}
    return xr.Dataset({"power": go}).assign_attrs(about, arms=tree.attrs["arms"])


def sheet(data: xr.Dataset) -> style.Sheet:
    """Space for the names of the candidates to the right."""
    return style.Sheet(7.2, 3.6, left=0.75, right=2.2, top=0.55, bottom=0.6)


def draw(data: xr.Dataset, ax: Axes) -> None:
    """Draw a curve for each candidate, and the goal."""
    style.percent_axis(ax, "true treated rate")
    share_axis(ax, "probability of success")
    for place, label in enumerate(data["design"].values):
        ax.plot(data["treated_rate"], data["power"].sel(design=label), **line_of(place))
    ax.axhline(data.attrs["power"], color=style.NEUTRAL, linewidth=0.8, linestyle=":")
    for rate, word in (
        (data.attrs["control_rate"], "control"),
        (data.attrs["treated_rate"], "plan"),
    ):
        ax.axvline(rate, color=style.FAINT, linewidth=0.9, zorder=0)
        ax.text(rate, 1.01, word, ha="center", va="bottom", fontsize=style.SMALL)
    finding(ax, _finding(data))
    legend(ax, data["design"].values.tolist())


def _finding(data: xr.Dataset) -> str:
    """How many candidates have the power asked for."""
    at = data["power"].interp(treated_rate=data.attrs["treated_rate"]).values
    enough, goal = int((at >= data.attrs["power"]).sum()), brief(data.attrs["power"])
    return f"As declared, {enough} of {len(at)} designs reach {goal} power"


def caption(data: xr.Dataset) -> str:
    """What the curves show, in words."""
    at = data["power"].interp(treated_rate=data.attrs["treated_rate"])
    best = at["design"].values[int(np.argmax(at.values))]
    return (
        f"Probability of success along the true treated rate, the control rate being "
        f"{brief(data.attrs['control_rate'])}. Where it is "
        f"{brief(data.attrs['treated_rate'])}, success has probability "
        f"{brief(float(at.min()))} to {brief(float(at.max()))}, most with {best}; "
        f"asked for are {brief(data.attrs['power'])} (dotted)."
    )
