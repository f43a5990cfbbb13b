"""A result as one JSON object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bayesips.cli.output.json_text import number
from bayesips.report.conclusion import conclusion
from bayesips.report.rates import counts
from bayesips.report.survival_in_time import DAYS
from bayesips.words.outcome import outcome_of

if TYPE_CHECKING:
    import xarray as xr

INTERVAL_PROBABILITY = 0.95
CONFLICT = {
    "p_value": "conflict",
    "mid_p": "conflict_mid_p",
    "power": "conflict_power",
    "detectable_down": "drift_down",
    "detectable_up": "drift_up",
}
CRITERION = ("margin", "required", "probability", "error", "met")


def as_object(tree: xr.DataTree) -> dict[str, Any]:
    """The numbers of a result; None for those that do not exist.

    Parameters
    ----------
    tree : DataTree
        From `assess`.
    """
    treated, words = tree["treated"].to_dataset(), outcome_of(tree.attrs)
    return {
        "model": tree.attrs["model"],
        "engine": tree.attrs["engine"],
        "seed": int(tree.attrs["seed"]),
        "digest": tree.attrs["digest"],
        "endpoint": {
            "name": words.noun,
            "landmark_day": number(tree.attrs["landmark_day"]),
        },
        "outcome": {name: getattr(words, name) for name in ("event", "noun", "unit", "better")},
        "treated": {
            "label": tree.attrs["treated"],
            **dict(zip(("successes", "n"), counts(tree), strict=True)),
            **_moments(treated),
            "interval_probability": INTERVAL_PROBABILITY,
            "exact_interval": _pair(treated, "exact_low", "exact_high"),
        },
        "control": _control(tree["control"].to_dataset(), tree.attrs["control_set"]),
        "concurrent": _concurrent(tree),
        "effect": {"scale": tree.attrs["scale"], **_moments(tree["effect"].to_dataset())},
        "decision": _rows(tree["decision"].to_dataset(), CRITERION),
        "without_robust": _without_robust(tree),
        "second_reading": _second_reading(tree),
        "later_landmarks": _later(tree),
        **({"survival": _survival(tree)} if words.is_survival else {"in_time": _survival(tree)}),
        "left_out": _left_out(tree),
        "row_checks": _row_checks(tree),
        "surprise": {"p_value": number(tree["surprise"].to_dataset()["p_value"])},
        "benchmark": {
            name: number(tree["comparators"].to_dataset()[variable])
            for name, variable in (
                ("rate", "benchmark"),
                ("p_value", "p_value"),
                ("probability", "probability"),
            )
        },
        "diagnostics": _diagnostics(tree["diagnostics"].to_dataset()),
        "conclusion": conclusion(tree),
    }


def _pair(group: xr.Dataset, low: str, high: str) -> list[float | None]:
    """Both ends of an interval."""
    return [number(group[low]), number(group[high])]


def _moments(group: xr.Dataset) -> dict[str, Any]:
    """Mean, standard deviation and interval."""
    values = {name: number(group[name]) for name in ("mean", "std")}
    return {**values, "interval": _pair(group, "low", "high")}


def _control(group: xr.Dataset, control_set: str) -> dict[str, Any]:
    """The control rate, its information, and the mixture fitted to it."""
    mixture: dict[str, Any] | None = None
    if group.sizes.get("component", 0):
        parts = ("weights", "a", "b")
        mixture = {part: group[f"mixture_{part}"].values.tolist() for part in parts}
        mixture |= {"kl": number(group["kl"]), "cdf_error": number(group["cdf_error"])}
    population = None
    if number(group["population_mean"]) is not None:
        ends = _pair(group, "population_low", "population_high")
        population = {"mean": number(group["population_mean"]), "interval": ends}
    return {
        "method": group.attrs["method"],
        "control_set": control_set,
        "arms": int(group.attrs["arms"]),
        "patients": int(group.attrs["patients"]),
        **_moments(group),
        "mean_error": number(group["mean_error"]) if "mean_error" in group else None,
        "ess": {"elir": number(group["ess_elir"]), "moment": number(group["ess_moment"])},
        "ess_error": _ess_error(group),
        "population_mean": population,
        "mixture": mixture,
    }


def _concurrent(tree: xr.DataTree) -> dict[str, Any] | None:
    """The trial's own controls and what was learned from them; None in a trial without them."""
    if "concurrent" not in tree.children:
        return None
    group = tree["concurrent"].to_dataset()
    columns = (group[name].values for name in ("unknown", "learned_mean", "learned_sd"))
    return {
        "label": group.attrs["label"],
        **{name: int(group[name]) for name in ("successes", "n")},
        "exact_interval": _pair(group, "exact_low", "exact_high"),
        **{name: number(group[name]) for name in ("weight", "realised_ess", "vague_weight")},
        "adapted": group.attrs["adapted"] or None,
        "before": {
            "mean": number(group["before_mean"]),
            "std": number(group["before_std"]),
            "interval": _pair(group, "before_low", "before_high"),
        },
        "learned": {
            str(name): {"mean": number(mean), "std": number(sd)}
            for name, mean, sd in zip(*columns, strict=True)
        },
        "conflict": {short: number(group[name]) for short, name in CONFLICT.items()},
    }


def _ess_error(group: xr.Dataset) -> dict[str, Any] | None:
    """Monte Carlo standard errors of the effective sample sizes; None in results of old."""
    if "ess_elir_error" not in group:
        return None
    return {name: number(group[f"ess_{name}_error"]) for name in ("elir", "moment")}


def _without_robust(tree: xr.DataTree) -> dict[str, Any] | None:
    """Control and decision without the vague part; None where the control has none."""
    if "without_robust" not in tree.children:
        return None
    group = tree["without_robust"].to_dataset()
    return {**_moments(group), "decision": _rows(group, ("probability", "error", "met"))}


def _second_reading(tree: xr.DataTree) -> dict[str, Any] | None:
    """Control and decision without the rows that are bounds."""
    if "second_reading" not in tree.children or "mean" not in tree["second_reading"].to_dataset():
        return None
    group = tree["second_reading"].to_dataset()
    return {**_moments(group), "decision": _rows(group, ("probability", "met"))}


def _later(tree: xr.DataTree) -> dict[str, Any] | None:
    """The answer with the treated arm's later rows included."""
    if "later" not in tree.children:
        return None
    group = tree["later"].to_dataset()
    if "missing_because" in group.attrs:
        return {name: group.attrs[name] for name in ("rows", "missing_because")}
    means = {name: number(group[name]) for name in ("treated", "control", "shape")}
    return {
        "rows": group.attrs["rows"],
        "decision": _rows(group, ("probability", "error")),
        "mean": means,
    }


def _survival(tree: xr.DataTree) -> list[dict[str, Any]] | None:
    """Survival of both groups on three days; None where there is none in time."""
    if "survival" not in tree.children:
        return None
    group = tree["survival"].to_dataset()
    return [
        {"day": day, **{str(name): number(value) for name, value in group.sel(day=day).items()}}
        for day in DAYS
    ]


def _left_out(tree: xr.DataTree) -> list[dict[str, Any]] | None:
    """The answer without each study in turn; None where there is none."""
    if "left_out" not in tree.children:
        return None
    group = tree["left_out"].to_dataset()
    return [
        {
            "without": str(label),
            "control": number(group["mean"][place]),
            "interval": [number(group[end][place]) for end in ("low", "high")],
            "probability": [number(each) for each in group["probability"].values[place]],
        }
        for place, label in enumerate(group["arm"].values)
    ]


def _row_checks(tree: xr.DataTree) -> list[dict[str, Any]] | None:
    """Every reported row against its prediction, with its own data and from the others alone."""
    if "rows" not in tree.children:
        return None
    group = tree["rows"].to_dataset()
    parts = ("mean", "low", "high", "tail")
    return [
        {
            "arm": str(one["arm"].item()),
            "day": number(one["day"]) if bool(one["day_known"]) else None,
            "relation": str(one["relation"].item()),
            "successes": int(one["successes"]),
            "n": int(one["n"]),
            "own": {part: number(one[f"own_{part}"]) for part in parts},
            "others": {part: number(one[f"others_{part}"]) for part in parts},
        }
        for one in (group.isel(row=place) for place in range(group.sizes["row"]))
    ]


def _rows(group: xr.Dataset, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """One object for each criterion."""
    columns = {name: np.asarray(group[name]) for name in names}
    return [
        {
            name: bool(values[i]) if name == "met" else number(values[i])
            for name, values in columns.items()
        }
        for i in range(group.sizes["criterion"])
    ]


def _diagnostics(group: xr.Dataset) -> list[dict[str, Any]]:
    """One object for each check."""
    return [
        {
            "name": str(name),
            "value": number(group["value"][i]),
            "limit": number(group["limit"][i]),
            "passed": bool(group["passed"][i]),
            "withholds": bool(group["withholds"][i]),
        }
        for i, name in enumerate(group["check"].values)
    ]
