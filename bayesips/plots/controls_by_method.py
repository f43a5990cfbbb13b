"""Concurrent controls by borrowing method: what each count of theirs makes a method borrow."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayesips.answer.comparison import DECLARED, counts_in_words
from bayesips.plots import style
from bayesips.plots.comparison import METHODS
from bayesips.words.numbers import brief
from bayesips.words.outcome import carried, outcome_of

LINE = 0.2  # inches of a line of numbers
GAP = 0.35  # lines between the conflict and the methods
WIDEST = 0.5  # inches of a column
FEW = 22  # counts up to which numbers stand in the cells
SURPRISE = 0.05  # a tail at most so large is marked
TAIL = "conflict: tail in %"
MET, NOT_MET, CONFLICT = "#C7DFF0", "#F2F2F2", "#F3CDB4"


def applies(tree: xr.DataTree) -> bool:
    """Whether the tree holds a table of counts of controls, one method with an answer."""
    if METHODS not in tree.children or "controls" not in tree[METHODS].coords:
        return False
    return bool((tree[METHODS]["status"] == "").any())


def data(tree: xr.DataTree) -> xr.Dataset:
    """Patients borrowed, weight learned and verdict by (method, count); conflict by count.

    Parameters
    ----------
    tree : xarray.DataTree
        The table of `bayesips.compare_with_controls` as its group "comparison".
        Methods without an answer are left out.
    """
    table = tree[METHODS].to_dataset()
    table = table.isel(method=np.flatnonzero(table["status"].values == ""))
    names = {"realised_ess": "borrowed", "weight": "weight", "met": "met", "conflict": "conflict"}
    found = table[list(names)].rename({**names, "controls": "count"})
    labels = [_label(name) for name in table["method"].values]
    learns = found["weight"].notnull().any("count")
    about = {name: table.attrs[name] for name in ("treated", "observed", "treated_n")}
    about |= carried(table.attrs)
    return found.assign(label=("method", labels), learns=learns).assign_attrs(about)


def sheet(data: xr.Dataset) -> style.Sheet:
    """A line for each method, two for one that learns a weight."""
    left = 0.25 + 0.067 * max(len(label) for label in (*data["label"].values, TAIL))
    width = min(7.2, left + WIDEST * data.sizes["count"] + 0.2)
    return style.Sheet(
        max(width, 5.6), 1.55 + LINE * float(_bottoms(data)[-1]), left=left, right=0.2, top=0.2,
        bottom=1.35,
    )  # fmt: skip


def draw(data: xr.Dataset, ax: Axes) -> None:
    """Draw a cell for each method and count: blue where the claim is met, and its numbers."""
    counts, bottoms = data["count"].values, _bottoms(data)
    style.only_bottom(ax)
    ax.set_xlim(counts[0] - 0.5, counts[-1] + 0.5)
    ax.set_ylim(bottoms[-1] + 0.1, -0.1)
    _tails(data, ax)
    tops = [1 + GAP, *bottoms[:-1]]
    for place, (top, bottom) in enumerate(zip(tops, bottoms, strict=True)):
        _row(data.isel(method=place), top, bottom, ax)
    step = max(1, int(np.ceil(counts.size / FEW)))
    ax.set_xticks(counts[::step])
    ax.tick_params(axis="x", length=0)
    ax.spines["bottom"].set_visible(False)
    ax.set_xlabel(f"{outcome_of(data.attrs).people} among {counts[-1]} concurrent controls")
    ax.annotate(
        _key(data), xy=(0, 0), xycoords="axes fraction", xytext=(0, -38),
        textcoords="offset points", ha="left", va="top", fontsize=style.SMALL,
        annotation_clip=False,
    )  # fmt: skip


def caption(data: xr.Dataset) -> str:
    """What the cells show, in words."""
    counts, first = data["count"].values, data.isel(method=0)
    words = outcome_of(data.attrs)
    somewhere = int(data["met"].any("count").sum())
    always = [str(each) for each in data["label"].values[data["met"].all("count").values]]
    steady = f"; with any count under {', '.join(always)}" if always else ""
    return (
        f"What 0 to {counts[-1]} {words.people} among {counts[-1]} concurrent controls would do, "
        f"{data.attrs['observed']} of {data.attrs['treated_n']} treated {words.unit} "
        f"{words.having}. The claim is met with some count under {somewhere} of "
        f"{data.sizes['method']} borrowing methods; as declared with "
        f"{counts_in_words(counts[first['met'].values])}{steady}. "
        f"{_amounts(data)}Counts in conflict with history (tail at most 5 %): "
        f"{counts_in_words(counts[data['conflict'].values <= SURPRISE])}."
    )


def _amounts(data):
    """From how many patients to how many are borrowed."""
    borrowed = data["borrowed"].values[np.isfinite(data["borrowed"].values)]
    if not borrowed.size:
        return ""
    return f"Patients borrowed: {_patients(borrowed.min())} to {_patients(borrowed.max())}. "


def _label(name):
    """A method's name in words."""
    return str(name).replace("_", " ")


def _bottoms(data):
    """Where each method's row ends, in lines."""
    return 1 + GAP + np.cumsum(np.where(data["learns"].values, 2.0, 1.0))


def _tails(data, ax):
    """The conflict of each count, above the methods."""
    for count, tail in zip(data["count"].values, data["conflict"].values, strict=True):
        _cell(count, 0, 1, CONFLICT if tail <= SURPRISE else "white", ax)
        said = brief(float(tail)).removesuffix(" %").replace(" ", "")
        _number(count, 0.5, said, ax)
    _name(TAIL, 0.5, ax)


def _row(one, top, bottom, ax):
    """One method."""
    label = str(one["label"].item())
    _name(label, (top + bottom) / 2, ax, bold=label == DECLARED)
    for count in one["count"].values:
        cell = one.sel(count=count)
        _cell(count, top, bottom, MET if bool(cell["met"]) else NOT_MET, ax)
        _number(count, top + 0.5, _patients(float(cell["borrowed"])), ax)
        if bool(one["learns"]):
            weight = _weight(float(cell["weight"]))
            _number(count, top + 1.4, weight, ax, style="italic", color=style.CONTROL)


def _weight(weight):
    """A learned weight in three letters."""
    return f"{weight:.2f}".removeprefix("0").replace("1.00", "1.0")


def _patients(borrowed):
    """Patients borrowed, whole; nothing where the control is known."""
    if not np.isfinite(borrowed):
        return "\N{INFINITY}"
    return f"{borrowed:.0f}".replace("-0", "0").replace("-", "\N{MINUS SIGN}")


def _cell(count, top, bottom, colour, ax):
    """A filled cell with a white edge."""
    ax.bar(count, bottom - top, width=1, bottom=top, color=colour, edgecolor="white", linewidth=1)


def _number(count, height, text, ax, **look):
    """A number in a cell, where there is space for one."""
    low, high = ax.get_xlim()
    if high - low <= FEW:
        ax.text(count, height, text, ha="center", va="center", fontsize=style.SMALL, **look)


def _name(text, height, ax, *, bold=False):
    """What a row is, on its left."""
    ax.annotate(
        text, xy=(0, height), xycoords=style.beside(ax), xytext=(-6, 0), va="center", ha="right",
        textcoords="offset points", fontsize=style.SMALL, weight="bold" if bold else "normal",
        annotation_clip=False,
    )  # fmt: skip


def _key(data):
    """What colours and numbers mean."""
    lines = ["blue: claim met. orange: conflict with history, tail at most 5 %."]
    if data.sizes["count"] <= FEW:
        lines.append("upright: patients borrowed (\N{INFINITY}: control taken as known).")
        lines.append("italic: learned weight of history, 0 to 1.")
    return "\n".join(lines)
