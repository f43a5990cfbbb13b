"""A plan in plain words: what the design can conclude, and what if history is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesips.report.plan_context_words import chances, percent, rate, serious, time
from bayesips.report.plan_rules_words import rules

if TYPE_CHECKING:
    import xarray as xr


def summary(tree: xr.DataTree) -> str:
    """The plan in plain words, one paragraph a subject.

    Parameters
    ----------
    tree : xarray.DataTree
        What `plan` returns.
    """
    parts = [rules(tree), *_designs(tree), _goals(tree), _if_history_is_wrong(tree)]
    parts += [_routes(tree), _gain(tree), chances(tree), time(tree), serious(tree)]
    parts.append(_limits_of_it(tree))
    return "\n\n".join(part for part in parts if part)


def _limits_of_it(tree: xr.DataTree) -> str:
    """What the figures rest on."""
    exact = "These figures are exact sums over all outcomes. They hold for the rules and rates"
    if tree.attrs["history"] == "none":
        return f"{exact} declared."
    return (
        f"{exact} declared; historical controls at summary level support design and hypothesis, "
        "not confirmation."
    )


def _without_effect(about: dict, row: xr.Dataset) -> str:
    """Type I error where history, the fixed rate or the plan expects the controls."""
    error = percent(float(row.type1_at_history))
    if np.isfinite(about["fixed_rate"]):
        return f"{error} at the fixed rate"
    if not np.isfinite(row.share_above_alpha):
        return f"{error} at the control rate planned for"
    share = percent(float(row.share_above_alpha))
    return (
        f"{error} where the control rate is history's mean (above {percent(about['alpha'])} for "
        f"{share} of the rates that history allows)"
    )


def _designs(tree: xr.DataTree) -> list[str]:
    """One line for each candidate."""
    about, table = tree.attrs, tree["characteristics"].to_dataset()
    rates = f"{rate(about['treated_rate'])} against {rate(about['control_rate'])}"
    lines = [f"As declared, if the truth is {rates}:"]
    for label in table.design.values.tolist():
        row = table.sel(design=label)
        line = (
            f"- {label}: succeeds with probability {percent(float(row.power))}; without any effect "
            f"{_without_effect(about, row)}, at worst {percent(float(row.worst_bound))}"
        )
        if about["arms"] > 1:
            test = float(tree["fisher"]["power"].sel(design=label))
            line += f" (both rates {rate(float(row.worst_at_control))})"
            line += f"; Fisher's exact test would succeed with {percent(test)}"
        if int(row.looks) > 1:
            line += (
                f"; expected patients {float(row.expected_n_without_effect):.0f} without effect, "
                f"{float(row.expected_n_as_planned):.0f} as planned"
            )
        lines.append(line + ".")
    if about["arms"] == 1:
        lines.append(f"At worst means: over all true rates up to {rate(_null(about))}.")
    return ["\n".join(lines)]


def _null(about: dict) -> float:
    """One arm: the rate up to which there is no effect."""
    fixed = float(about["fixed_rate"])
    return fixed if np.isfinite(fixed) else float(about["control_rate"])


def _goals(tree: xr.DataTree) -> str:
    """Which design meets the goals, or the nearest that can."""
    about, near = tree.attrs, tree["nearest"].to_dataset()
    power, alpha = percent(about["power"]), percent(about["alpha"])
    asked = f"power {power} with one-sided error {alpha} at worst"
    kind, size = near.attrs["kind"], _size(near)
    reached = (
        f"power {percent(float(near['power']))}, error at worst {percent(float(near['worst']))}"
    )
    threshold = f"with the probability asked for set to {float(near['probability']):.4f}"
    if kind == "as declared":
        return (
            f"Asked: {asked}. The smallest design that has it as declared is {near.attrs['label']}."
        )
    start = f"Asked: {asked}. None of the designs has it as declared."
    if about["arms"] == 1:
        reached += (
            f"; that error holds only while the true control rate is at most {rate(_null(about))}"
        )
    if kind == "calibrated":
        return f"{start} The nearest that can: {near.attrs['label']}, {threshold} ({reached})."
    if kind == "enlarged":
        return f"{start} The nearest that can: {size}, {threshold} ({reached})."
    most = near.attrs["most_patients"]
    return (
        f"{start} No design of this kind up to {most} patients can; the nearest is {size}, "
        f"{threshold} ({reached})."
    )


def _size(near: xr.Dataset) -> str:
    """Patients of the nearest design."""
    treated, control = int(near["n_treated"]), int(near["n_control"])
    return f"{treated} + {control} patients" if control else f"{treated} patients"


def _if_history_is_wrong(tree: xr.DataTree) -> str:
    """Up to which control rate the error stays as stated, and how bad it gets."""
    table, alpha = tree["drift"].to_dataset(), tree.attrs["alpha"]
    if np.isfinite(tree.attrs["fixed_rate"]):
        return (
            "If the true rate without treatment is above the fixed rate, nothing in the trial can "
            f"show it. {_limits(table, alpha)}"
        )
    if tree.attrs["arms"] == 1:
        return (
            "If history is wrong, nothing in a trial without controls can show it. "
            f"{_limits(table, alpha)}"
        )
    if tree.attrs["history"] == "none":
        return (
            f"The error without effect stays within {percent(alpha)} up to a true control rate of "
            f"{_limit_list(table, alpha)}."
        )
    return (
        "If history is wrong: the error without effect stays within "
        f"{percent(alpha)} up to a true control rate of {_limit_list(table, alpha)}. Beyond it, "
        "history pulls the control down and makes an ineffective treatment look good; the worst "
        "case above is the price of borrowing. Where controls do worse than history says, the "
        "same pull costs power."
    )


def _limits(table: xr.Dataset, alpha: float) -> str:
    """For each candidate, the control rate up to which the error is kept."""
    return (
        f"An ineffective treatment succeeds with more than {percent(alpha)} once the true rate "
        f"exceeds {_limit_list(table, alpha)}."
    )


def _limit_list(table: xr.Dataset, alpha: float) -> str:
    """Control rates by candidate."""
    found = []
    for label in table.design.values.tolist():
        error = table.type1.sel(design=label).values
        above = np.flatnonzero(error > alpha)
        last = float(table.control_rate.values[max(above[0] - 1, 0)]) if above.size else 1.0
        found.append(f"{rate(last)} ({label})")
    return ", ".join(found)


def _routes(tree: xr.DataTree) -> str:
    """The two routes of the FDA's draft, side by side."""
    table, alpha = tree["routes"].to_dataset(), percent(tree.attrs["alpha"])
    labels = table.design.values.tolist()
    lines = [f"{label}: {_route(table.sel(design=label))}" for label in labels]
    return (
        "Two routes of the FDA's draft of January 2026, as (probability asked for; power; error "
        f"at worst): the posterior read directly, and calibrated to one-sided {alpha} in the worst "
        "case.\n- " + "\n- ".join(lines)
    )


def _route(table: xr.Dataset) -> str:
    """One candidate's two routes."""
    rows = (table.isel(route=0), table.isel(route=-1))
    return "; calibrated ".join(
        f"({float(row.probability):.4f}; {percent(float(row.power))}; {percent(float(row.worst))})"
        for row in rows
    )


def _gain(tree: xr.DataTree) -> str:
    """What borrowing gains at equal error."""
    if "equal_error" not in tree.children:
        return ""
    power = tree["equal_error"].to_dataset()["power_as_planned"]
    gain = power.sel(borrowing="with history") - power.sel(borrowing="without")
    worst, history = (gain.sel(calibrated_to=to).values for to in ("worst case", "history"))
    return (
        "What history buys at equal error: with thresholds calibrated to the worst case, power as "
        f"planned changes by {_points(worst)} percentage points; calibrated only where history "
        f"is right, by {_points(history)}. Power from history is paid for with error elsewhere "
        "(Kopp-Schneider 2020)."
    )


def _points(values: np.ndarray) -> str:
    """A range of differences in percentage points."""
    low, high = 100 * values.min(), 100 * values.max()
    return f"{low:+.1f} to {high:+.1f}"
