"""Every count that could be seen, by borrowing method: P(effect > margin), one line each."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayesips.plots import style
from bayesips.plots.comparison import METHODS
from bayesips.words.numbers import brief, brief_probability
from bayesips.words.outcome import carried, outcome_of

# The first line stands out; the others differ in colour, mark and dash.
FIRST = style.HISTORY
COLOURS = (style.TREATED, style.CONTROL, "#009E73", "#AA4499", "#E69F00", style.NEUTRAL, "#56B4E9")
MARKS = "s^Dv<>Pp"
DASHES = ("-", (0, (5, 2)), (0, (1.5, 1.5)))
FEW = 20  # counts up to which every one has a tick and a mark
SIZE = 24
# Beyond them, ticks stand so many counts apart that there are at most this many.
STEPS, MOST_TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000), 12
DRAWN = ("probability", "met")


def applies(tree: xr.DataTree) -> bool:
    """Whether the tree holds a table of methods, one of them with an answer."""
    return METHODS in tree.children and bool((tree[METHODS]["status"] == "").any())


def data(tree: xr.DataTree) -> xr.Dataset:
    """P(effect > margin) of the first criterion and verdict by count; (method, count).

    Parameters
    ----------
    tree : xarray.DataTree
        The table of `bayesips.compare` (counts of the treated) or of
        `compare_with_controls` (counts of the controls) as its group "comparison". Methods
        without an answer are left out.
    """
    table = tree[METHODS].to_dataset()
    table = table.isel(method=np.flatnonzero(table["status"].values == ""), criterion=0)
    treated = "outcome_probability" in table
    over, start = ("survivors", "outcome_") if treated else ("controls", "")
    columns = {name: table[f"{start}{name}"].rename({over: "count"}) for name in DRAWN}
    about = {name: table.attrs[name] for name in ("model", "treated", "observed", "treated_n")}
    about |= carried(table.attrs)
    about |= {"over": over, "required": float(table["required"])}
    about["criteria"] = tree[METHODS].sizes["criterion"]
    return xr.Dataset(columns).assign_attrs(about)


def sheet(data: xr.Dataset) -> style.Sheet:
    """Space for the key on the right: a line for each method."""
    longest = max(len(label) for label in (*_labels(data), _required(data)))
    height = max(4.2, 1.9 + 0.19 * data.sizes["method"])
    return style.Sheet(7.2, height, left=0.75, right=0.75 + 0.067 * longest, top=0.25, bottom=0.55)


def draw(data: xr.Dataset, ax: Axes) -> None:
    """Draw a line for each method, marks filled where the claim is met."""
    counts = data["count"].values
    _axes(data, ax)
    handles = [_line(data.isel(method=place), place, ax) for place in range(data.sizes["method"])]
    required = _threshold(data, ax)
    if data.attrs["over"] == "survivors":
        _observed(int(data.attrs["observed"]), int(counts[-1]), ax)
    order, labels = _order(data), _labels(data)
    ax.legend(
        [*(handles[place] for place in order), required],
        [*(labels[place] for place in order), _required(data)],
        loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize=style.SMALL,
        title=_heading(data), title_fontsize=style.SMALL, alignment="left", handlelength=3,
    )  # fmt: skip


def caption(data: xr.Dataset) -> str:
    """What the lines show, in words."""
    first = "" if data.attrs["criteria"] == 1 else " of the first criterion"
    start = (
        f"{outcome_of(data.attrs).claim}{first} under {data.sizes['method']} borrowing methods for "
    )
    seen, n = int(data.attrs["observed"]), int(data.attrs["treated_n"])
    last, words = int(data["count"].values[-1]), outcome_of(data.attrs)
    if data.attrs["over"] == "controls":
        return (
            f"{start}0 to {last} {words.people} among {last} concurrent controls, {seen} of {n} "
            f"treated {words.unit} {words.having}. {_met_somewhere(data)} "
            "Dashed: what is required."
        )
    here = data.sel(count=seen)
    met = int(here["met"].sum())
    chances = here["probability"]
    return (
        f"{start}0 to {last} {words.people} among {n} treated {words.unit}. With {seen}, as "
        "seen, it "
        f"runs from {brief(float(chances.min()), 1)} to "
        f"{brief(float(chances.max()), 1)}, and the claim is met under {met} of the "
        f"methods. {_met_somewhere(data)} Dashed: what is required."
    )


def _met_somewhere(data):
    """Under how many methods any count meets the claim."""
    some = int(data["met"].any("count").sum())
    return f"Some count meets the claim under {some} of them."


def _axes(data, ax):
    """Both axes and what they are about."""
    counts = data["count"].values
    first = "" if data.attrs["criteria"] == 1 else ", first criterion"
    style.upright_percent_axis(ax, f"{outcome_of(data.attrs).claim}{first}", 1.03)
    ax.set_xlim(-0.3 * counts[-1] / 7, counts[-1] * (1 + 0.3 / 7))
    step = 1 if counts.size <= FEW else next(s for s in STEPS if counts[-1] <= MOST_TICKS * s)
    ax.set_xticks(counts[::step])
    words = outcome_of(data.attrs)
    patients = f"{words.unit} with {data.attrs['treated']}"
    if data.attrs["over"] == "controls":
        patients = "concurrent controls"
    ax.set_xlabel(f"{words.people} among {counts[-1]} {patients}")


def _line(one, place, ax):
    """One method's line, with a mark for each count; what stands for it in the key."""
    other = place - 1
    colour = COLOURS[other % len(COLOURS)] if place else FIRST
    mark = MARKS[other % len(MARKS)] if place else "o"
    dash = DASHES[other // len(COLOURS) % len(DASHES)] if place else "-"
    width = 1.0 if place else 2.2
    counts, chances = one["count"].values, one["probability"].values
    (line,) = ax.plot(counts, chances, color=colour, linewidth=width, linestyle=dash,
                      zorder=2 if place else 2.5, gid=str(one["method"].item()))  # fmt: skip
    if counts.size > FEW:
        return line
    face = np.where(one["met"].values, colour, "white")
    marks = ax.scatter(counts, chances, marker=mark, s=SIZE, facecolor=face, edgecolor=colour,
                       linewidth=1, zorder=3 if place else 4, clip_on=False)  # fmt: skip
    marks.set_gid(f"marks of {one['method'].item()}")
    return ax.plot([], [], color=colour, linewidth=width, linestyle=dash, marker=mark,
                   markersize=SIZE**0.5, markerfacecolor="white")[0]  # fmt: skip


def _threshold(data, ax):
    """What is required; named in the key, for no place inside is free of curves everywhere."""
    return ax.axhline(data.attrs["required"], color=FIRST, linewidth=1, linestyle=(0, (4, 3)),
                      zorder=1, gid="required")  # fmt: skip


def _observed(seen, last, ax):
    """Mark the count that was seen."""
    ax.axvline(seen, color=FIRST, linewidth=1, linestyle=":", zorder=1, gid="observed")
    right = seen < last or seen == 0
    ax.annotate(
        f"seen: {seen}", xy=(seen, 0.03), xycoords=ax.get_xaxis_transform(),
        xytext=(5 if right else -5, 0), textcoords="offset points",
        ha="left" if right else "right", fontsize=style.SMALL, weight="bold",
    )  # fmt: skip


def _order(data):
    """Methods from the highest answer down: at the count seen, or over all counts."""
    chances = data["probability"]
    if data.attrs["over"] == "survivors":
        return np.argsort(-chances.sel(count=data.attrs["observed"]).values, kind="stable")
    return np.argsort(-chances.mean("count").values, kind="stable")


def _labels(data):
    """Each method's name, with its answer where a count was seen."""
    names = [str(name).replace("_", " ") for name in data["method"].values]
    if data.attrs["over"] == "controls":
        return names
    chances = data["probability"].sel(count=data.attrs["observed"]).values
    said = [brief_probability(float(chance), data.attrs["required"]) for chance in chances]
    return [f"{name}, {chance}" for name, chance in zip(names, said, strict=True)]


def _required(data):
    """The threshold in words."""
    return f"required: more than {100 * data.attrs['required']:g} %"


def _heading(data):
    """What stands in the key."""
    words = ["borrowing method"]
    if data.attrs["over"] == "survivors":
        words = [f"method, P if {outcome_of(data.attrs).if_counted(data.attrs['observed'])}"]
    if data.sizes["count"] <= FEW:
        words.append("(filled: claim met)")
    return "\n".join(words)
