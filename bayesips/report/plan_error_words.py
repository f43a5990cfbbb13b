"""Error and power of a plan's designs in plain words, at every control rate that matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesips.words import numbers
from bayesips.words.numbers import three_digits as percent

if TYPE_CHECKING:
    import xarray as xr


def rate(value: float) -> str:
    """A rate without decimals that nobody knows."""
    return f"{100 * value:.0f} %"


def along_control(about: dict, row: xr.Dataset) -> str:
    """Type I error as a function of the true control rate: never one number alone."""
    alpha, error = percent(about["alpha"]), percent(float(row["type1_at_history"]))
    expected = f"{error} at the {_fine(about['history_rate'])} that {_expected_by(about)}"
    found = [expected]
    if np.isfinite(about["history_high"]):
        high, end = percent(float(row["type1_at_high"])), _fine(about["history_high"])
        found.append(f"{high} at the upper end of its 95 % interval ({end})")
    kept = float(row["kept_up_to"])
    where = f"up to a control rate of {_fine(kept)}" if kept < 1 else "at every control rate"
    found.append(f"at most {alpha} {where}")
    return ", ".join(found)


def _fine(value: float) -> str:
    """A rate with one decimal, where it decides."""
    return numbers.percent(value, 1)


def _expected_by(about: dict) -> str:
    """Who expects the control rate at which errors are given."""
    if np.isfinite(about["fixed_rate"]):
        return "the rule takes as fixed"
    return "history expects" if np.isfinite(about["history_low"]) else "is planned for"


def designs(tree: xr.DataTree) -> str:
    """Power and errors of each candidate as declared.

    Parameters
    ----------
    tree : xarray.DataTree
        What `plan` returns.
    """
    about, table = tree.attrs, tree["characteristics"].to_dataset()
    rates = f"{rate(about['treated_rate'])} against {rate(about['control_rate'])}"
    lines = [f"As declared. Power is given at {rates}; error is success without any effect."]
    if tree["declared"].attrs["interim_stop"] and int(table["looks"].max()) > 1:
        lines[0] += (
            " Stops for futility are not binding: errors hold if they are overruled; power and "
            "expected patients if they are obeyed."
        )
    for label in table["design"].values.tolist():
        row = table.sel(design=label)
        parts = [f"power {percent(float(row['power']))}", f"error {along_control(about, row)}"]
        lines.append(f"- {label}: {'; '.join([*parts, *_further(tree, row)])}.")
    return "\n".join(lines)


def _further(tree: xr.DataTree, row: xr.Dataset) -> list[str]:
    """Worst case, obedience and looks, and exact tests, where there are any."""
    found = []
    if np.isfinite(row["share_above_alpha"]):
        share = percent(float(row["share_above_alpha"]))
        found.append(f"history gives {share} to control rates at which it is more")
    if tree.attrs["arms"] > 1:
        at = rate(float(row["worst_at_control"]))
        found.append(f"at worst {percent(float(row['worst_bound']))} (at {at})")
    if int(row["looks"]) > 1:
        found += _looks(row)
    if tree.attrs["arms"] > 1:
        tests = tree["exact_tests"].to_dataset()["power"].sel(design=row["design"].item())
        powers = [f"{name} {percent(float(tests.sel(test=name)))}" for name in tests["test"].values]
        found.append(f"power of exact tests: {', '.join(powers)}")
    return found


def _looks(row: xr.Dataset) -> list[str]:
    """What the looks change."""
    return [
        f"if every stop for futility is obeyed, at worst {percent(float(row['worst_obeyed']))}",
        f"expected patients {float(row['expected_n_without_effect']):.0f} without effect, "
        f"{float(row['expected_n_as_planned']):.0f} as planned",
    ]


def if_history_is_wrong(tree: xr.DataTree) -> str:
    """What happens beyond the control rate up to which the error is kept."""
    if np.isfinite(tree.attrs["fixed_rate"]):
        return (
            "If the true rate without treatment is above the fixed rate, nothing in the trial can "
            "show it."
        )
    if tree.attrs["arms"] == 1:
        return "If history is wrong, nothing in a trial without controls can show it."
    if tree.attrs["history"] == "none":
        return ""
    return (
        "If history is wrong: beyond those control rates history pulls the control down and makes "
        "an ineffective treatment look good; the error at worst is the price of borrowing. Where "
        "controls do worse than history says, the same pull costs power."
    )


def routes(tree: xr.DataTree) -> str:
    """The two routes of the FDA's draft, side by side."""
    table, about = tree["routes"].to_dataset(), tree.attrs
    alpha, errors = percent(about["alpha"]), {"at worst": "worst"}
    if np.isfinite(about["history_high"]) and about["arms"] == 1:
        errors = {f"at {_fine(about['history_rate'])}": "type1_at_history",
                  f"at {_fine(about['history_high'])}": "type1_at_high"}  # fmt: skip
    lines = [
        f"{label}: {_route(table.sel(design=label), list(errors.values()))}"
        for label in table["design"].values.tolist()
    ]
    kept = "in the worst case" if about["arms"] > 1 else "up to the control rate planned for"
    return (
        f"Two routes of the FDA's draft of January 2026, as (probability asked for; power; error "
        f"{'; '.join(errors)}): the posterior read directly, and calibrated to one-sided {alpha} "
        f"{kept}.\n- " + "\n- ".join(lines)
    )


def _route(table: xr.Dataset, errors: list[str]) -> str:
    """One candidate's two routes."""
    direct, calibrated = (
        "; ".join(percent(float(table[name][place])) for name in ("power", *errors))
        for place in (0, -1)
    )
    asked = [f"{float(each):.4f}" for each in table["probability"].values]
    return f"({asked[0]}; {direct}); calibrated ({asked[-1]}; {calibrated})"


def gain(tree: xr.DataTree) -> str:
    """What borrowing gains at equal error."""
    if "equal_error" not in tree.children:
        return ""
    calibrated = tree["routes"].to_dataset()["power"].isel(route=-1).values
    exact = tree["exact_tests"].to_dataset()["power"].sel(test="Boschloo").values
    power = tree["equal_error"].to_dataset()["power_as_planned"].sel(calibrated_to="history")
    right = power.sel(borrowing="with history") - power.sel(borrowing="without")
    return (
        f"What history buys at equal error: calibrated to {percent(tree.attrs['alpha'])} at worst, "
        f"power as planned is {_points(calibrated - exact)} percentage points above that of "
        "Boschloo's exact test, which uses no history. Calibrated only where history is right, it "
        f"is {_points(right.values)} points above the same analysis without history: power that is "
        "paid for with error elsewhere (Kopp-Schneider 2020)."
    )


def _points(values: np.ndarray) -> str:
    """A range of differences in whole percentage points."""
    ends = (numbers.plain(100 * each, 0) for each in (values.min(), values.max()))
    return " to ".join(ends)
