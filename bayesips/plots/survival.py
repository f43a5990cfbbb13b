"""Survival in time: control and treated with bands, every historical row drawn as what it is."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayesips.plots import style
from bayesips.plots.survival_rows import DISCHARGE, LAST, lines, mark, placed
from bayesips.words.numbers import brief, brief_span
from bayesips.words.outcome import carried, outcome_of

TICKS = (0, 28, 56, 100, 140, 180)
# Labels closer than this (in shares) are moved apart.
APART = 0.052
# Inches: axes, the words below them, and a line of the key.
TALL, BELOW, LINE = 3.9, 0.6, 0.19
# Stairs of one group and of the next.
DASHES = ("-", (0, (5, 1.5)), (0, (1, 1)), (0, (5, 1.5, 1, 1.5)))


def applies(tree: xr.DataTree) -> bool:
    """Whether survival is known on other days than one."""
    return {"survival", "rows", "treated"} <= set(tree.children)


def data(tree: xr.DataTree) -> xr.Dataset:
    """Curves by day, rows of history, and the treated count with its exact interval."""
    curves = tree["survival"].to_dataset()
    treated = tree["treated"]
    low, high = float(treated["exact_low"]), float(treated["exact_high"])
    rows = placed(_rows(tree), (float(tree.attrs["landmark_day"]), low, high))
    table = xr.merge([curves, rows.rename({name: f"row_{name}" for name in rows.data_vars})])
    if "followed" in tree.children:
        steps = tree["followed"].to_dataset()
        table = table.merge(steps.rename({name: f"step_{name}" for name in steps.data_vars}))
    table["treated_successes"], table["treated_n"] = int(treated["successes"]), int(treated["n"])
    table["treated_exact_low"], table["treated_exact_high"] = low, high
    about = {name: tree.attrs[name] for name in ("treated", "control_set")}
    return table.assign_attrs(about | carried(tree.attrs))


def _rows(tree):
    """Rows of history, and which of them were counted at discharge."""
    rows, evidence = tree["rows"].to_dataset(), tree["evidence"].to_dataset()
    words = dict(zip(evidence["arm"].values.tolist(), evidence["rows"].values, strict=True))
    found = [DISCHARGE in str(words.get(arm, "")) for arm in rows["arm"].values.tolist()]
    return rows.assign(
        at_discharge=("row", np.array(found, dtype=bool) & ~rows["day_known"].values)
    )


def sheet(data: xr.Dataset) -> style.Sheet:
    """A line of paper below the axes for the trial and each group of history."""
    bottom = BELOW + LINE * (len(lines(data)) + 1)
    right = max(1.3, 0.35 + 0.065 * len(f"without {data.attrs['treated']}"))
    return style.Sheet(7.2, TALL + 0.15 + bottom, left=0.75, right=right, top=0.15, bottom=bottom)


def draw(data: xr.Dataset, ax: Axes) -> None:
    """Bands behind, rows of history in front, names beside and below."""
    ax.set_xlim(0, LAST)
    ax.set_xticks(TICKS)
    ax.set_xlabel("days")
    style.upright_percent_axis(ax, outcome_of(data.attrs).state)
    _band(data, ax, "treated", style.TREATED)
    _band(data, ax, "control", style.CONTROL)
    for row in np.flatnonzero(~data["row_followed"].values.astype(bool)):
        mark(data.isel(row=row), ax)
    for place, arm in enumerate(_followed(data)):
        _steps(arm, ax, DASHES[place % len(DASHES)])
    _trial(data, ax)
    _names(data, ax)
    _key(data, ax)


def caption(data: xr.Dataset) -> str:
    """What the curves show, in words."""
    day = float(data.attrs["landmark_day"])
    at = data.sel(day=day)
    noun = outcome_of(data.attrs).noun.capitalize()
    return (
        f"{noun} expected without {data.attrs['treated']} ({_words(at, 'control')} at day "
        f"{day:g}) and with it ({_words(at, 'treated')}), with 95 % bands. {_early(data)}"
        f"Diamond: the trial. Letters: the groups of history listed below. {_marks(data)}"
        f"{_stairs(data)}Where the two bands overlap they look grey. The control's band is "
        "for a new group of patients and is wider than any of the studies."
    )


def _early(data):
    """What the dotted part is, where there is one."""
    first = _first(data)
    if first <= float(data["day"].min()):
        return ""
    return f"Dotted before day {first:g}: the model is not trusted so early, and has no band. "


def _marks(data):
    """What the marks mean, of those that are there, and where they stand."""
    table = data.isel(row=np.flatnonzero(~data["row_followed"].values.astype(bool)))
    known, bound = table["row_day_known"].values.astype(bool), table["row_relation"].values != "="
    said = []
    if (known & ~bound).any():
        said.append("Filled circles are counts with exact 95 % intervals. ")
    if (~known).any():
        said.append(
            "Open circles are counts on a day that nobody stated or at discharge: the dashed bar "
            "spans the days that the model allows before data (95 %), and the circle stands at "
            "their middle. "
        )
    if bound.any():
        said.append("Short bars with arrows are bounds: at least (up) or at most (down). ")
    beside = np.abs(table["row_place"] - table["row_day"]).values.max(initial=0.0)
    if beside:
        said.append(f"Marks in each other's way on a day stand up to {beside:g} days beside it. ")
    return "".join(said)


def _stairs(data: xr.Dataset) -> str:
    """What the stairs are, where there are any."""
    if "step" not in data.sizes:
        return ""
    return (
        "Stairs are Kaplan-Meier curves of patients followed in time, their ticks patients last "
        f"seen {outcome_of(data.attrs).state}. "
    )


def _words(at: xr.Dataset, name: str) -> str:
    """Mean and band in words."""
    low, high = float(at[f"{name}_low"]), float(at[f"{name}_high"])
    return f"{brief(float(at[f'{name}_mean']))}, 95 %: {brief_span(low, high)}"


def _band(data, ax, name, colour):
    """Mean and band, faint where the bridge is not defensible."""
    table = data.where(data["day"] <= LAST, drop=True)
    day, inside = table["day"].values, table["inside"].values.astype(bool)
    low, high, mean = (table[f"{name}_{part}"].values for part in ("low", "high", "mean"))
    ax.fill_between(day, low, high, where=inside, color=colour, alpha=0.13, linewidth=0)
    early = day <= _first(data)
    ax.plot(day[inside], mean[inside], color=colour, linewidth=1.8)
    ax.plot(day[early], mean[early], color=colour, linewidth=1.0, linestyle=":")


def _first(data):
    """First day on which the bridge is defensible."""
    return float(data["day"].values[data["inside"].values.astype(bool)].min())


def _followed(data):
    """The curve of each group followed in time, up to the last day shown."""
    if "step" not in data.sizes:
        return []
    shown = data[["step_arm", "step_n", "step_day", "step_rate", "step_left"]]
    shown = shown.isel(step=np.flatnonzero(shown["step_day"].values <= LAST))
    arms = shown["step_arm"].values
    return [shown.isel(step=np.flatnonzero(arms == arm)) for arm in dict.fromkeys(arms)]


def _steps(arm, ax, dash):
    """Stairs that go down where patients die, ticks where some were last seen."""
    day, rate = arm["step_day"].values, arm["step_rate"].values
    left = arm["step_left"].values > 0
    ax.step(day, rate, where="post", color=style.HISTORY, linewidth=1.3, linestyle=dash)
    ax.plot(day[left], rate[left], linestyle="", marker="|", color=style.HISTORY, markersize=6)


def _trial(data, ax):
    """The treated count."""
    day = float(data.attrs["landmark_day"])
    ends = [float(data["treated_exact_low"]), float(data["treated_exact_high"])]
    ax.plot([day, day], ends, color=style.TREATED, linewidth=1.6)
    rate = float(data["treated_successes"]) / float(data["treated_n"])
    ax.plot(day, rate, marker="D", color=style.TREATED, markersize=6, clip_on=False, zorder=4)


def _names(data, ax):
    """Names of curves in the right margin, on the height of what they name; letters of stairs."""
    entries = sorted(_curves_named(data), key=lambda entry: entry[0])
    heights = _spread([entry[0] for entry in entries])
    for height, (level, start, text, colour, dash) in zip(heights, entries, strict=True):
        line = {"color": style.FAINT, "linewidth": 0.6}
        if dash is not None:
            line = {"color": style.HISTORY, "linewidth": 0.8, "linestyle": dash}
        ax.plot([start, LAST + 6], [level, height], clip_on=False, zorder=0, **line)
        ax.text(LAST + 7, height, text, color=colour, va="center", fontsize=style.SMALL,
                weight="bold" if colour == style.HISTORY else "normal")  # fmt: skip


def _key(data, ax):
    """Below the axes: the trial, then every group of history under its letter."""
    trial = f"{int(data['treated_successes'])}/{int(data['treated_n'])}"
    day = f"day {float(data.attrs['landmark_day']):g}"
    entries = [("", f"{data.attrs['treated']}: {trial}, {day}"), *lines(data)]
    inch = style.inches_across(ax, 1)
    common = {"transform": ax.transAxes, "va": "center", "fontsize": style.SMALL}
    for place, (name, text) in enumerate(entries):
        height = -(BELOW + LINE * (place + 0.3)) / TALL
        colour = style.HISTORY if place else style.TREATED
        ax.text(-0.08 * inch, height, name, ha="center", weight="bold", color=colour, **common)
        ax.text(0.12 * inch, height, text, color=colour, **common)
    ax.plot(-0.08 * inch, -(BELOW + LINE * 0.3) / TALL, marker="D", color=style.TREATED,
            markersize=5, transform=ax.transAxes, clip_on=False)  # fmt: skip


def _curves_named(data):
    """Height, day, name, colour and dash of every curve, the stairs among them."""
    last = data.where(data["day"] <= LAST, drop=True).isel(day=-1)
    treated = data.attrs["treated"]
    yield float(last["treated_mean"]), LAST, f"with {treated}", style.TREATED, None
    yield float(last["control_mean"]), LAST, f"without {treated}", style.CONTROL, None
    for place, arm in enumerate(_followed(data)):
        end = arm.isel(step=-1)
        said = _letter(data, str(end["step_arm"].values))
        dash = DASHES[place % len(DASHES)]
        yield float(end["step_rate"]), float(end["step_day"]), said, style.HISTORY, dash


def _letter(data, arm):
    """The letter of a group."""
    return str(data["row_letter"].values[data["row_arm"].values == arm][0])


def _spread(levels):
    """Heights in order, at least APART from each other, as near to `levels` as that allows."""
    heights = list(levels)
    for _ in range(200):
        for below in range(len(heights) - 1):
            gap = heights[below + 1] - heights[below]
            if gap < APART:
                push = (APART - gap) / 2
                heights[below] -= push
                heights[below + 1] += push
        shift = max(0.0, 0.01 - heights[0])
        heights = [height + shift for height in heights]
    return heights
