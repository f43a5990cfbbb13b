"""Evidence forest: what each study reported, how far they disagree, and where the trial stands."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayesips.plots import evidence_totals, style
from bayesips.plots.evidence_columns import area, columns, estimate, shortened
from bayesips.words.numbers import brief, brief_span
from bayesips.words.outcome import carried, outcome_of

ROW = 0.38
KNOWN = 1e-9  # an interval shorter than this is one number
NOTE = 0.18  # a third line of notes
LOWER = 0.34  # the second line of a row
LAST = 0.85  # the row of the trial's own controls
NOT_A_COUNT = "\u2020"
RELATION = {"=": "", ">=": "\u2265 ", "<=": "\u2264 "}


def applies(tree: xr.DataTree) -> bool:
    """Whether there are historical arms with counts, or at least a control and a trial."""
    return {"evidence", "treated", "control"} <= set(tree.children)


def data(tree: xr.DataTree) -> xr.Dataset:
    """Rows of the forest: the arms by rising reported survival, then control and trial."""
    table = tree["evidence"].to_dataset()
    table = table.isel(arm=np.argsort(table["raw"].values, kind="stable"))
    table = table.assign(pretended=("arm", _pretended(table, tree.attrs.get("landmark_day"))))
    counted = np.isclose(table["raw"] * table["n"], table["successes"])
    table = table.assign(censored=("arm", table["followed"].values & ~counted))
    for name in ("mean", "low", "high"):
        table[f"control_{name}"] = float(tree["control"][name])
    trial = tree["treated"]
    table["trial_successes"], table["trial_n"] = int(trial["successes"]), int(trial["n"])
    table["trial_raw"] = int(trial["successes"]) / int(trial["n"])
    table["trial_low"] = float(trial["exact_low"])
    table["trial_high"] = float(trial["exact_high"])
    table = table.assign_attrs(treated=tree.attrs["treated"], **carried(tree.attrs))
    return _with_own_controls(table, tree)


def _with_own_controls(table: xr.Dataset, tree: xr.DataTree) -> xr.Dataset:
    """The trial's own controls beside history, where there are some."""
    if "concurrent" not in tree.children:
        return table
    own = tree["concurrent"].to_dataset()
    names = {"successes": "own_successes", "n": "own_n", "raw": "own_raw",
             "exact_low": "own_low", "exact_high": "own_high"}  # fmt: skip
    columns = {new: own[old].item() for old, new in names.items()}
    return table.assign(columns).assign_attrs(own=own.attrs["label"])


def sheet(data: xr.Dataset) -> style.Sheet:
    """One line of paper for each row."""
    rows = data.sizes["arm"] + 3 + ("own_n" in data) * LAST
    bottom = 0.9 + (NOTE if data["censored"].values.any() else 0.0)
    return style.Sheet(
        7.2, ROW * rows + 0.55 + bottom, left=3.0, right=1.3, top=0.28, bottom=bottom
    )


def draw(data: xr.Dataset, ax: Axes) -> None:
    """Draw the forest."""
    arms = data.sizes["arm"]
    style.percent_axis(ax, outcome_of(data.attrs).axis)
    style.only_bottom(ax)
    ax.set_ylim(-2.7 - LAST * ("own_n" in data), arms + 0.3)
    ax.axvspan(
        float(data["control_low"]), float(data["control_high"]), color=style.CONTROL, alpha=0.08,
        linewidth=0,
    )  # fmt: skip
    for position in range(arms):
        _arm(data.isel(arm=position), arms - 1 - position, ax)
    _spread(data, ax, arms - 0.42)
    inch = style.inches_across(ax, 1)
    ax.plot([-2.95 * inch, 1 + 1.25 * inch], [-0.75, -0.75], color=style.FAINT, linewidth=0.8,
            transform=style.beside(ax), clip_on=False)  # fmt: skip
    evidence_totals.control(data, ax, -1.3)
    evidence_totals.treated(data, ax, -2.15)
    if "own_n" in data:
        evidence_totals.own_controls(data, ax, -3.0)
    _headings(data, ax, arms)
    _notes(data, ax)


def caption(data: xr.Dataset) -> str:
    """What the forest shows, in words."""
    raw = data["raw"].values
    trial = f"{int(data['trial_successes'])} of {int(data['trial_n'])}"
    rate = outcome_of(data.attrs).noun
    history = (
        f"Reported {rate} in {raw.size} historical groups runs from {_ends(data)}. "
        if raw.size
        else ""
    )
    return (
        f"{history}The model expects {_expected(data)} without {data.attrs['treated']}; "
        f"the trial saw {trial} ({_between(data, 'trial')}, exact){_own(data)}."
    )


def _own(data):
    """What the trial's own controls counted, in words."""
    if "own_n" not in data:
        return ""
    counts = f"{int(data['own_successes'])} of {int(data['own_n'])}"
    return f" and, among its own controls ({data.attrs['own']}), {counts} ({_between(data, 'own')})"


def _expected(data):
    """Mean and interval of the control; one number where it is taken as known."""
    mean = float(data["control_mean"])
    if float(data["control_high"]) - float(data["control_low"]) < KNOWN:
        return f"{brief(mean, 1)}, taken as known,"
    return f"{brief(mean)} (95 % interval {_between(data, 'control')})"


def _between(data, name):
    """The interval of one of the two last rows, in words."""
    return brief_span(float(data[f"{name}_low"]), float(data[f"{name}_high"]))


def _pretended(table: xr.Dataset, day: float | None) -> np.ndarray:
    """Rows that are not counts at the day asked about."""
    at_day = np.array([str(text) in ("", f"{day:g}") for text in table["day"].values], dtype=bool)
    bound = table["is_bound"].values.astype(bool)
    return bound | ~at_day if day is not None and np.isfinite(day) else bound


def _arm(arm, height, ax):
    """One historical arm: exact interval, estimate or bound, and the shrunken estimate."""
    raw, low, high = (float(arm[name]) for name in ("raw", "raw_low", "raw_high"))
    bound = bool(arm["is_bound"])
    ax.plot([low, high], [height, height], color=style.HISTORY, linewidth=1.1,
            linestyle=(0, (1, 1.5)) if bound else "-", solid_capstyle="butt")  # fmt: skip
    if bound:
        _bound(str(arm["relation"].item()), raw, height, ax)
    else:
        ax.scatter(raw, height, s=area(float(arm["n"])), marker="s", color=style.HISTORY, zorder=3)
    if np.isfinite(float(arm["shrunken"])):
        lower = height - LOWER
        span = [float(arm["shrunken_low"]), float(arm["shrunken_high"])]
        ax.plot(span, [lower, lower], color=style.CONTROL, linewidth=0.9, alpha=0.8)
        ax.scatter(float(arm["shrunken"]), lower, s=13, color=style.CONTROL, zorder=3)
    _row_text(arm, height, ax)


def _bound(relation, raw, height, ax):
    """An arrow from the bound to where the truth may lie."""
    end = min(raw + 0.13, 1.0) if relation == ">=" else max(raw - 0.13, 0.0)
    arrow = {"arrowstyle": "-|>", "color": style.HISTORY, "linewidth": 1.8, "shrinkA": 0,
             "shrinkB": 0, "mutation_scale": 11}  # fmt: skip
    ax.annotate("", xy=(end, height), xytext=(raw, height), arrowprops=arrow, zorder=4)
    ax.plot([raw, raw], [height - 0.17, height + 0.17], color=style.HISTORY, linewidth=1.8)


def _row_text(arm, height, ax):
    """Label, counts and day to the left; the estimate to the right."""
    mark = f" {NOT_A_COUNT}" if bool(arm["pretended"]) else ""
    study, _, group = str(arm["arm"].item()).partition(", ")
    counts = f"{RELATION[str(arm['relation'].item())]}{int(arm['successes'])}/{int(arm['n'])}"
    if bool(arm["censored"]):
        counts = f"KM of {int(arm['n'])}"
    texts = (shortened(study), counts, _counted_at(str(arm["day"].item())) + mark)
    columns(ax, height, texts, style.HISTORY)
    columns(ax, height - LOWER, (shortened(group), "", ""), style.NEUTRAL)
    estimate(ax, height, (_reported(arm), _between(arm, "raw")))
    if np.isfinite(float(arm["shrunken"])):
        value = brief(float(arm["shrunken"]))
        estimate(ax, height - LOWER, (value, _between(arm, "shrunken")), style.CONTROL)


def _counted_at(day):
    """When survivors were counted, as the column says it."""
    return f"day {day}" if day[:1].isdigit() else day


def _spread(data, ax, height):
    """A bracket over the reported rates: how far history disagrees with itself."""
    raw = data["raw"].values
    if raw.size < 2:  # noqa: PLR2004  nothing to disagree
        return
    low, high = float(raw.min()), float(raw.max())
    tips = [height - 0.14, height, height, height - 0.14]
    ax.plot([low, low, high, high], tips, color=style.NEUTRAL, linewidth=0.9)
    ax.text(
        np.clip((low + high) / 2, 0.28, 0.7), height + 0.1, f"reports differ: {_ends(data)}",
        ha="center", va="bottom", fontsize=style.SMALL, color=style.HISTORY,
    )  # fmt: skip


def _ends(data):
    """Lowest and highest reported survival, bounds as bounds."""
    return " to ".join(_reported(data.isel(arm=end)) for end in (0, -1))


def _reported(arm):
    """Reported rate in words, with its relation."""
    return f"{RELATION[str(arm['relation'].item())]}{brief(float(arm['raw']))}"


def _headings(data, ax, arms):
    """Names of the columns."""
    across, height = style.beside(ax), arms - 0.1
    group = "Historical group" if arms else "No historical group enters"
    words = outcome_of(data.attrs)
    state = words.state
    counted = (state, "counted at") if words.dated else (words.counted, "")
    columns(ax, height, (group, *counted), style.NEUTRAL)
    inch = style.inches_across(ax, 1)
    ax.text(1 + 0.08 * inch, height, "share (95 %)", transform=across, ha="left", va="center",
            fontsize=style.SMALL, color=style.NEUTRAL)  # fmt: skip


def _notes(data, ax):
    """What the marks mean, in one or two lines below."""
    notes = []
    if data["pretended"].values.any() and (day := outcome_of(data.attrs).on):
        notes.append(f"{NOT_A_COUNT} not a count at {day}")
    if data["is_bound"].values.any():
        notes.append("arrow: at least / at most; dots: interval if the bound were a count")
    lines = ["; ".join(notes)] if notes else []
    if np.isfinite(data["shrunken"].values).any():
        lines.append("black: as reported (exact interval); orange: as the model reads it")
    if data["censored"].values.any():
        lines.append("KM: Kaplan-Meier estimate, some patients last seen before")
    inch = style.inches_across(ax, 1)
    ax.annotate(
        "\n".join(lines), xy=(-2.95 * inch, 0), xycoords="axes fraction",
        xytext=(0, -36), textcoords="offset points", ha="left", va="top",
        fontsize=style.SMALL, color=style.NEUTRAL, linespacing=1.35,
    )  # fmt: skip
