"""Survival in time: control and treated with bands, every historical row drawn as what it is."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayesips.plots import style

LAST = 180.0
TICKS = (0, 28, 56, 100, 140, 180)
# Labels closer than this (in shares) are moved apart.
APART = 0.052
# Days between points whose day is not known.
STEP = 6.0
# Stairs of one group and of the next.
DASHES = ("-", (0, (5, 1.5)), (0, (1, 1)), (0, (5, 1.5, 1, 1.5)))


def applies(tree: xr.DataTree) -> bool:
    """Whether survival is known on other days than one."""
    return {"survival", "rows", "treated"} <= set(tree.children)


def data(tree: xr.DataTree) -> xr.Dataset:
    """Curves by day, rows of history, and the treated count with its exact interval."""
    curves = tree["survival"].to_dataset()
    rows = tree["rows"].to_dataset()
    treated = tree["treated"]
    table = xr.merge([curves, rows.rename({name: f"row_{name}" for name in rows.data_vars})])
    if "followed" in tree.children:
        steps = tree["followed"].to_dataset()
        table = table.merge(steps.rename({name: f"step_{name}" for name in steps.data_vars}))
    table["treated_rate"] = float(treated["successes"]) / float(treated["n"])
    table["treated_exact_low"] = float(treated["exact_low"])
    table["treated_exact_high"] = float(treated["exact_high"])
    names = ("treated", "landmark_day", "control_set")
    return table.assign_attrs(**{name: tree.attrs[name] for name in names})


def sheet(data: xr.Dataset) -> style.Sheet:
    """One size for all."""
    return style.Sheet(7.2, 4.6, left=0.75, right=2.2, top=0.15, bottom=0.55)


def draw(data: xr.Dataset, ax: Axes) -> None:
    """Bands behind, rows of history in front, names beside."""
    ax.set_xlim(0, LAST)
    ax.set_ylim(0, 1)
    ax.set_xticks(TICKS)
    ticks = np.linspace(0, 1, 6)
    ax.set_yticks(ticks, [style.percent(tick) if 0 < tick < 1 else f"{100 * tick:.0f} %"
                          for tick in ticks])  # fmt: skip
    ax.set_xlabel("days")
    ax.set_ylabel("alive")
    _band(data, ax, "treated", style.TREATED)
    _band(data, ax, "control", style.CONTROL)
    for place, beside in enumerate(_beside(data)):
        if not bool(data["row_followed"][place]):
            _row(data.isel(row=place), ax, beside)
    for place, arm in enumerate(_followed(data)):
        _steps(arm, ax, DASHES[place % len(DASHES)])
    _trial(data, ax)
    _names(data, ax)


def caption(data: xr.Dataset) -> str:
    """What the curves show, in words."""
    day = float(data.attrs["landmark_day"])
    at = data.sel(day=day)
    return (
        f"Survival expected without {data.attrs['treated']} ({_words(at, 'control')} at day "
        f"{day:g}) and with it ({_words(at, 'treated')}), with 95 % bands. Points are counts with "
        "exact intervals, horizontal bars days that nobody stated, arrows bounds: at least, or at "
        f"most. {_stairs(data)}Where the two bands overlap they look grey. The control's band is "
        "for a new group of patients and is wider than any of the studies."
    )


def _stairs(data: xr.Dataset) -> str:
    """What the stairs are, where there are any."""
    if "step" not in data.sizes:
        return ""
    return (
        "Stairs are Kaplan-Meier curves of patients followed in time, their ticks patients last "
        "seen alive. "
    )


def _words(at: xr.Dataset, name: str) -> str:
    """Mean and band in words."""
    low, high = float(at[f"{name}_low"]), float(at[f"{name}_high"])
    return f"{style.percent(float(at[f'{name}_mean']))}, 95 %: {style.interval(low, high)}"


def _band(data, ax, name, colour):
    """Mean and band, faint where the bridge is not defensible."""
    table = data.where(data["day"] <= LAST, drop=True)
    day, inside = table["day"].values, table["inside"].values.astype(bool)
    low, high, mean = (table[f"{name}_{part}"].values for part in ("low", "high", "mean"))
    ax.fill_between(day, low, high, where=inside, color=colour, alpha=0.13, linewidth=0)
    early = day <= day[inside].min()
    ax.plot(day[inside], mean[inside], color=colour, linewidth=1.8)
    ax.plot(day[early], mean[early], color=colour, linewidth=1.0, linestyle=":")


def _beside(data):
    """How far each point moves to the right: those whose day is unknown stand beside each other."""
    unknown = ~data["row_day_known"].values.astype(bool)
    return np.where(unknown, STEP * (np.cumsum(unknown) - 1), 0.0)


def _row(row, ax, beside):
    """One row of history: a count, a count on an unknown day, or a bound."""
    x, y = float(row["row_day"]) + beside, float(row["row_rate"])
    if x > LAST:
        return
    if str(row["row_relation"].values) != "=":
        up = 1 if str(row["row_relation"].values) == ">=" else -1
        ax.plot([x - 4, x + 4], [y, y], color=style.HISTORY, linewidth=1.6)
        ax.annotate("", xy=(x, y + 0.09 * up), xytext=(x, y),
                    arrowprops={"arrowstyle": "->", "color": style.HISTORY, "linewidth": 1.2,
                                "shrinkA": 0, "shrinkB": 0})  # fmt: skip
        return
    low, high = float(row["row_low"]), float(row["row_high"])
    ax.plot([x, x], [low, high], color=style.HISTORY, linewidth=1.0)
    if not bool(row["row_day_known"]):
        ends = [float(row["row_day_low"]), min(float(row["row_day_high"]), LAST)]
        ax.plot(ends, [y, y], color=style.HISTORY, linewidth=0.9, linestyle=(0, (4, 2)))
    ax.plot(x, y, marker="o", color=style.HISTORY, markersize=4.5,
            markerfacecolor=style.HISTORY if bool(row["row_day_known"]) else "white")  # fmt: skip


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
    ax.plot(day, float(data["treated_rate"]), marker="D", color=style.TREATED, markersize=6)


def _names(data, ax):
    """Names of curves and studies in the right margin, on the height of what they name."""
    entries = sorted([*_curves_named(data), *_rows_named(data)], key=lambda entry: entry[0])
    heights = _spread([entry[0] for entry in entries])
    for height, (level, start, text, colour, dash) in zip(heights, entries, strict=True):
        line = {"color": style.FAINT, "linewidth": 0.6}
        if dash is not None:
            line = {"color": style.HISTORY, "linewidth": 0.8, "linestyle": dash}
        ax.plot([start, LAST + 6], [level, height], clip_on=False, zorder=0, **line)
        ax.text(LAST + 7, height, text, color=colour, va="center", fontsize=style.SMALL)


def _curves_named(data):
    """Height, day, name, colour and dash of every curve, the stairs among them."""
    last = data.where(data["day"] <= LAST, drop=True).isel(day=-1)
    treated = data.attrs["treated"]
    yield float(last["treated_mean"]), LAST, f"with {treated}", style.TREATED, None
    yield float(last["control_mean"]), LAST, f"without {treated}", style.CONTROL, None
    for place, arm in enumerate(_followed(data)):
        end = arm.isel(step=-1)
        said = f"{_study(end['step_arm'])}: {int(end['step_n'])} patients"
        dash = DASHES[place % len(DASHES)]
        yield float(end["step_rate"]), float(end["step_day"]), said, style.HISTORY, dash


def _rows_named(data):
    """The same of every row that is a point or a bound."""
    for place, beside in enumerate(_beside(data)):
        row = data.isel(row=place)
        if not bool(row["row_followed"]):
            start = float(row["row_day"]) + beside + 4
            yield float(row["row_rate"]), start, _said(row), style.HISTORY, None


def _said(row):
    """A study's name, count and day in few words."""
    study = _study(row["row_arm"])
    count = f"{int(row['row_successes'])}/{int(row['row_n'])}"
    relation = str(row["row_relation"].values)
    mark = {"=": "", ">=": "≥ ", "<=": "≤ "}[relation]
    known = bool(row["row_day_known"])
    return f"{study}: {mark}{count}, {f'day {float(row["row_day"]):g}' if known else 'day ?'}"


def _study(label):
    """A study's name without its group."""
    return str(label.values).split(",")[0]


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
