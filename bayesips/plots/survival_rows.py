"""Rows of history in the survival figure: a letter for each group, a place beside each other."""

from __future__ import annotations

import textwrap

import matplotlib.patheffects as effects
import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayesips.plots import style

LAST = 180.0
# Marks that would touch stand this many days apart.
BESIDE = 6.0
# Shares that a letter and an arrow take.
LETTER, ARROW = 0.04, 0.09
# Half the width of a bound's bar, in days.
BAR = 2.1
LABEL_WIDTH = 60
RELATION = {"=": "", ">=": "\u2265 ", "<=": "\u2264 "}
# A day known by its occasion, as the evidence table writes it.
DISCHARGE = "at discharge"
HALO = (effects.withStroke(linewidth=2.2, foreground="white"),)


def placed(rows: xr.Dataset, trial: tuple[float, float, float]) -> xr.Dataset:
    """Rows with `place`, the day where each is drawn, and `letter`, one for each group.

    `trial` is the day of the treated count and the ends of its interval: no row stands on it.
    """
    taken, places = [trial], np.zeros(rows.sizes["row"])
    order = np.argsort(~rows["day_known"].values.astype(bool), kind="stable")
    for which in order:
        row = rows.isel(row=which)
        places[which] = float(row["day"])
        if not bool(row["followed"]):
            places[which] = _free(row, taken)
            taken.append((places[which], *_extent(row)))
    arms = list(dict.fromkeys(rows["arm"].values.tolist()))
    letters = [letter(arms.index(arm)) for arm in rows["arm"].values.tolist()]
    return rows.assign(place=("row", places), letter=("row", np.array(letters, dtype=str)))


def letter(place: int) -> str:
    """A, B, ... Z, AA, AB, ..."""
    before, last = divmod(place, 26)
    return (letter(before - 1) if before else "") + chr(ord("A") + last)


def mark(row: xr.Dataset, ax: Axes) -> None:
    """One row of history: a count, a count on an unknown day, or a bound."""
    if float(row["row_place"]) > LAST:
        return
    if str(row["row_relation"].values) == "=":
        _point(row, ax)
    else:
        _bound(row, ax)


def lines(data: xr.Dataset) -> list[tuple[str, str]]:
    """Letter and words of every group: its name, its counts and their days."""
    found = []
    for name in dict.fromkeys(data["row_letter"].values.tolist()):
        rows = data.isel(row=np.flatnonzero(data["row_letter"].values == name))
        said = [_said(rows.isel(row=place)) for place in range(rows.sizes["row"])]
        arm = textwrap.shorten(str(rows["row_arm"].values[0]), LABEL_WIDTH, placeholder=" \u2026")
        found.append((name, f"{arm}: {'; '.join(dict.fromkeys(said))}"))
    return found


def _free(row, taken):
    """The row's day, or the nearest place beside it where it touches nothing."""
    day, (low, high) = float(row["day"]), _extent(row)
    steps = [0, *(sign * step for step in range(1, len(taken) + 2) for sign in (1, -1))]
    touched = [x for x, start, end in taken if low < end and start < high]
    for place in (day + BESIDE * step for step in steps):
        if place > 0 and all(abs(place - x) > BESIDE - 1 for x in touched):
            return place
    return day


def _extent(row):
    """Lowest and highest share that a row's mark takes, its letter too."""
    rate, relation = float(row["rate"]), str(row["relation"].values)
    if relation == "=":
        return float(row["low"]), float(row["high"]) + LETTER
    return (rate - LETTER, rate + ARROW) if relation == ">=" else (rate - ARROW, rate + LETTER)


def _point(row, ax):
    """A count with its exact interval; a bar across the days where the day is not known."""
    x, y, known = float(row["row_place"]), float(row["row_rate"]), bool(row["row_day_known"])
    low, high = float(row["row_low"]), float(row["row_high"])
    ax.plot([x, x], [low, high], color=style.HISTORY, linewidth=1.0)
    if not known:
        ends = np.array([float(row["row_day_low"]), float(row["row_day_high"])])
        ax.plot(np.minimum(ends, LAST), [y, y], color=style.HISTORY, linewidth=0.9,
                linestyle=(0, (4, 2)))  # fmt: skip
        ends = ends[ends <= LAST]
        ax.plot(ends, np.full(ends.size, y), linestyle="", marker="|", color=style.HISTORY,
                markersize=7)  # fmt: skip
    ax.plot(x, y, marker="o", color=style.HISTORY, markersize=4.5, clip_on=False, zorder=4,
            markerfacecolor=style.HISTORY if known else "white")  # fmt: skip
    _letter(row, ax, high + 0.008 if high + LETTER < 1 else low - 0.008, up=high + LETTER < 1)


def _bound(row, ax):
    """A bar where the bound is, and an arrow to where the truth may lie."""
    x, y = float(row["row_place"]), float(row["row_rate"])
    up = str(row["row_relation"].values) == ">="
    end = min(y + ARROW, 1.0) if up else max(y - ARROW, 0.0)
    ax.plot([x - BAR, x + BAR], [y, y], color=style.HISTORY, linewidth=1.6, clip_on=False)
    if end != y:
        ax.annotate("", xy=(x, end), xytext=(x, y),
                    arrowprops={"arrowstyle": "->", "color": style.HISTORY, "linewidth": 1.2,
                                "shrinkA": 0, "shrinkB": 0})  # fmt: skip
    _letter(row, ax, y - 0.01 if up else y + 0.01, up=not up)


def _letter(row, ax, height, *, up):
    """The group's letter above or below its mark."""
    ax.text(float(row["row_place"]), height, str(row["row_letter"].values), ha="center",
            va="bottom" if up else "top", fontsize=style.SMALL, weight="bold", zorder=5,
            color=style.HISTORY, path_effects=HALO)  # fmt: skip


def _said(row):
    """A row's count and day in few words; of patients followed in time, how many."""
    n = int(row["row_n"])
    if bool(row["row_followed"]):
        return f"{n} patients"
    relation = RELATION[str(row["row_relation"].values)]
    return f"{relation}{int(row['row_successes'])}/{n}, {_when(row)}"


def _when(row):
    """The day, or what is known of it."""
    day = float(row["row_day"])
    if bool(row["row_day_known"]):
        return f"day {day:g}" + (" (not drawn)" if day > LAST else "")
    between = f"day {float(row['row_day_low']):.0f} to {float(row['row_day_high']):.0f}"
    if bool(row["row_at_discharge"]):
        return f"{DISCHARGE} (taken as {between})"
    return f"day not stated (taken as {between})"
