"""The section of the result: decisions, the two rates, and the second reading."""

from __future__ import annotations

from typing import Any

import xarray as xr

from bayesips.report import survival_in_time as in_time
from bayesips.report import wording
from bayesips.report.criteria import criteria, effect_in_words, scale_in_words
from bayesips.report.rates import share, span
from bayesips.report.wording import percent, probability

TITLE = "What the trial adds"


def given(tree: xr.DataTree) -> dict[str, Any]:
    """Decisions, the two rates, and the second reading."""
    treated, control, effect = (
        tree["treated"].to_dataset(),
        tree["control"].to_dataset(),
        tree["effect"].to_dataset(),
    )
    scale = tree.attrs["scale"]
    rows = [
        (f"Rate with {tree.attrs['treated']}", percent(treated["mean"]), span(treated)),
        (f"Rate without {tree.attrs['treated']}", share(control), span(control)),
        (f"Effect ({scale_in_words(scale)})", effect_in_words(scale, effect["mean"]),
         f"{effect_in_words(scale, effect['low'])} to {effect_in_words(scale, effect['high'])}"),
    ]  # fmt: skip
    return {
        "criteria": criteria(tree),
        "rows": rows,
        "without_robust": _without_robust(tree),
        "second": _second(tree),
        "days": in_time.days(tree),
        "left_out": in_time.left_out(tree),
        "checks": in_time.checks(tree),
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
    required = decided["required"].values
    rows = []
    for name, control, decision in both:
        chances = zip(decision["probability"].values, required, strict=True)
        rows.append(
            {
                "name": name,
                "control": f"{percent(control['mean'])} "
                f"({wording.span(control['low'], control['high'])})",
                "probabilities": [probability(float(p), float(r)) for p, r in chances],
                "met": bool(decision["met"].values.all()),
            }
        )
    return {"rows": rows, "claims": [one["short"] for one in criteria(tree)],
            "weight": percent(tree["control"].attrs["robust_weight"])}  # fmt: skip


def _second(tree: xr.DataTree) -> dict[str, Any] | None:
    """The same without rows that are only bounds."""
    if "second_reading" not in tree.children:
        return None
    group = tree["second_reading"].to_dataset()
    if "missing_because" in group.attrs:
        return {"missing": group.attrs["missing_because"]}
    required = tree["decision"].to_dataset()["required"].values
    chances = zip(group["probability"].values, required, strict=True)
    return {
        "missing": "",
        "dropped": group.attrs["dropped"],
        "arms": int(group.attrs["arms"]),
        "control": f"{percent(group['mean'])} ({wording.span(group['low'], group['high'])})",
        "probabilities": [probability(float(p), float(r)) for p, r in chances],
    }
