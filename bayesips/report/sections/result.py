"""The section of the result: decisions, the two rates, and the second reading."""

from __future__ import annotations

from typing import Any

import xarray as xr

from bayesips.report import survival_in_time as in_time
from bayesips.report.criteria import criteria, effect_words
from bayesips.report.rates import chances, share, span, with_interval
from bayesips.words.numbers import percent
from bayesips.words.outcome import outcome_of

PLACE = 30
TITLE = "What the trial adds"


def given(tree: xr.DataTree) -> dict[str, Any]:
    """Decisions, the two rates, and the second reading."""
    treated, control, effect = (
        tree["treated"].to_dataset(),
        tree["control"].to_dataset(),
        tree["effect"].to_dataset(),
    )
    words = effect_words(tree)
    low, high = (words.size(float(effect[end])) for end in ("low", "high"))
    rows = [
        (f"Rate with {tree.attrs['treated']}", percent(treated["mean"]), span(treated)),
        (f"Rate without {tree.attrs['treated']}", share(control), span(control)),
        (f"Effect ({words.title})", words.size(float(effect["mean"])), f"{low} to {high}"),
    ]
    return {
        "criteria": criteria(tree),
        "rows": rows,
        "without_robust": _without_robust(tree),
        "second": _second(tree),
        "days": in_time.days(tree),
        "left_out": in_time.left_out(tree),
        "checks": in_time.checks(tree),
        "words": outcome_of(tree.attrs),
    }


def _without_robust(tree: xr.DataTree) -> dict[str, Any] | None:
    """Both answers, with and without the vague part; None where the control has none."""
    if "without_robust" not in tree.children:
        return None
    alone, decided = tree["without_robust"].to_dataset(), tree["decision"].to_dataset()
    both = (
        ("with the vague part", tree["control"].to_dataset(), decided),
        ("without the vague part", alone, alone),
    )
    rows = [
        {
            "name": name,
            "control": with_interval(control),
            "probabilities": chances(decision, tree),
            "met": bool(decision["met"].values.all()),
        }
        for name, control, decision in both
    ]
    weight = percent(tree["control"].attrs["robust_weight"])
    return {"rows": rows, "claims": [one.short for one in criteria(tree)], "weight": weight}


def _second(tree: xr.DataTree) -> dict[str, Any] | None:
    """The answer without rows that are only bounds; None where there is no such row."""
    if "second_reading" not in tree.children:
        return None
    group = tree["second_reading"].to_dataset()
    if "missing_because" in group.attrs:
        return {"missing": group.attrs["missing_because"]}
    return {
        "missing": "",
        "dropped": group.attrs["dropped"],
        "arms": int(group.attrs["arms"]),
        "control": with_interval(group),
        "probabilities": chances(group, tree),
    }
