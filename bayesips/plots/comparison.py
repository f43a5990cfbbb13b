"""Answers side by side: control definitions, or borrowing methods, one row each."""

from __future__ import annotations

import textwrap

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayesips.plots import style
from bayesips.words.numbers import brief, brief_probability
from bayesips.words.outcome import outcome_of

ROW = 0.3
LABEL_WIDTH = 40
METHODS = "comparison"


def applies(tree: xr.DataTree) -> bool:
    """Whether the tree holds a table of methods, or nothing but several results."""
    if METHODS in tree.children:
        return "outcome_probability" in tree[METHODS]  # not: what counts of controls would do
    return _holds_results(tree)


def data(tree: xr.DataTree) -> xr.Dataset:
    """Control, P(effect > margin) and verdict of each row.

    Parameters
    ----------
    tree : xarray.DataTree
        Results by name (``xr.DataTree(children={"hlc001": tree, ...})``), or the table of
        `bayesips.compare` as its group "comparison".
    """
    if _holds_results(tree):
        return xr.concat([_of_result(str(name), tree[name]) for name in tree.children], "row")
    return _of_methods(tree[METHODS].to_dataset())


def sheet(data: xr.Dataset) -> style.Sheet:
    """One line of paper for each row."""
    left = 0.35 + 0.067 * max(len(_label(name)) for name in data["row"].values)
    return style.Sheet(7.2, 0.95 + ROW * data.sizes["row"], left=left, right=1.65, top=0.35,
                       bottom=0.6)  # fmt: skip


def draw(data: xr.Dataset, ax: Axes) -> None:
    """Draw the control's interval of each row, the treated rate across, P beside."""
    rows = data.sizes["row"]
    style.percent_axis(ax, "expected without the treatment (95 % interval)")
    style.only_bottom(ax)
    ax.set_ylim(-0.6, rows - 0.4)
    _treated(data, ax)
    inch = style.inches_across(ax, 1)
    for position in range(rows):
        _row(data.isel(row=position), rows - 1 - position, inch, ax)
    ax.text(1 + 0.1 * inch, rows - 0.3, data.attrs["claim"], transform=style.beside(ax),
            fontsize=style.SMALL, color=style.NEUTRAL, va="bottom")  # fmt: skip


def caption(data: xr.Dataset) -> str:
    """What the rows show, in words."""
    chances = data["probability"].values
    met = [_label(name) for name in data["row"].values[data["met"].values]]
    verdict = f"met under {', '.join(met)}" if met else "met under none of them"
    return (
        f"{data.sizes['row']} answers to one question: {data.attrs['claim']} runs from "
        f"{brief(float(chances.min()), 1)} to {brief(float(chances.max()), 1)}; "
        f"the claim is {verdict}."
    )


def _holds_results(tree):
    """Whether every child is a result."""
    children = [child for child in tree.children.values() if isinstance(child, xr.DataTree)]
    return bool(children) and all({"control", "decision"} <= set(c.children) for c in children)


def _of_result(name, tree):
    """One result as a row; its first criterion."""
    control, treated = tree["control"].to_dataset(), tree["treated"].to_dataset()
    decision = tree["decision"].to_dataset().isel(criterion=0)
    values = {end: float(control[end]) for end in ("mean", "low", "high")}
    values |= {f"treated_{end}": float(treated[end]) for end in ("mean", "low", "high")}
    values |= {each: float(decision[each]) for each in ("probability", "required")}
    sign = outcome_of(tree.attrs).sign
    attributes = {"claim": f"P(effect {sign} {float(decision['margin']):g})"}
    attributes["treated"] = tree.attrs["treated"]
    columns = {key: ("row", [value]) for key, value in values.items()}
    met = ("row", [bool(decision["met"])])
    return xr.Dataset({**columns, "met": met}, coords={"row": [name]}, attrs=attributes)


def _of_methods(table):
    """Methods that have an answer, as rows; the first criterion."""
    found = table.isel(method=np.flatnonzero(table["status"].values == ""), criterion=0)
    names = ("mean", "low", "high", "probability")
    columns = {name: ("row", found[name].values) for name in names}
    required = np.full(found.sizes["method"], float(found["required"]))
    columns |= {"required": ("row", required)}
    columns |= {"met": ("row", found["probability"].values > required)}
    return xr.Dataset(
        columns,
        coords={"row": found["method"].values},
        attrs={"claim": outcome_of(found.attrs).claim},
    )


def _label(name):
    """A row's name in words."""
    return textwrap.shorten(str(name).replace("_", " "), LABEL_WIDTH, placeholder=" \u2026")


def _treated(data, ax):
    """The treated rate, the same for every row."""
    if "treated_mean" not in data:
        return
    one = data.isel(row=0)
    low, high = float(one["treated_low"]), float(one["treated_high"])
    ax.axvspan(low, high, color=style.TREATED, alpha=0.08, linewidth=0)
    ax.axvline(float(one["treated_mean"]), color=style.TREATED, linewidth=1.2)
    ax.annotate(
        f"with {data.attrs['treated']}", xy=(float(one["treated_mean"]), 1),
        xycoords=ax.get_xaxis_transform(), xytext=(0, 3), textcoords="offset points",
        ha="center", va="bottom", fontsize=style.SMALL, color=style.TREATED,
    )  # fmt: skip


def _row(one, height, inch, ax):
    """One row: name, control, probability and verdict."""
    low, high = float(one["low"]), float(one["high"])
    ax.plot([low, high], [height, height], color=style.CONTROL, linewidth=2, alpha=0.6,
            solid_capstyle="butt")  # fmt: skip
    ax.scatter(float(one["mean"]), height, s=32, marker="D", color=style.CONTROL, zorder=3)
    met, across = bool(one["met"]), style.beside(ax)
    ax.text(-0.1 * inch, height, _label(one["row"].item()), transform=across, ha="right",
            va="center", fontsize=style.SMALL)  # fmt: skip
    found = brief_probability(float(one["probability"]), float(one["required"]))
    ax.text(
        1 + 0.1 * inch, height, f"{found}  {'met' if met else 'not met'}", transform=across,
        va="center", fontsize=style.SMALL, color=style.TREATED if met else style.HISTORY,
        weight="bold" if met else "normal",
    )  # fmt: skip
