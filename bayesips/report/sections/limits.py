"""The section of the limits: what the reader must not forget."""

from __future__ import annotations

from typing import Any

import xarray as xr

from bayesips.report import own_controls
from bayesips.report.other_readings import not_confirmation
from bayesips.words.numbers import percent
from bayesips.words.outcome import outcome_of

FIXED = "It does not adapt to the data."
PLACE = 60
TITLE = "What these data cannot show"


def given(tree: xr.DataTree) -> dict[str, Any]:
    """What the reader must not forget."""
    treated, control = tree["treated"].to_dataset(), tree["control"].to_dataset()
    name, n, unit = tree.attrs["treated"], int(treated["n"]), outcome_of(tree.attrs).unit
    said = [
        f"{name} was given to {n} {unit}, and {_without(tree)}",
        f"The treated {unit} teach nothing about the control. How far history may be compared is "
        "assumed, not learned from them.",
    ]
    if float(control.attrs["robust_weight"]) > 0:
        weight = percent(control.attrs["robust_weight"])
        said.append(
            f"The vague part of the control ({weight}) is a fixed concession to doubt. "
            + (FIXED if own_controls.of(tree) is None else "Only the trial's own controls move it.")
        )
    flags = tree["evidence"].to_dataset()["flags"].values
    flagged, arms = sum(bool(str(each)) for each in flags), len(flags)
    if flagged:
        said.append(
            f"{flagged} of {arms} historical groups carry doubts, written beside each of them in "
            "the table above."
        )
    return {"sentences": [*said, not_confirmation(tree)]}


def _without(tree: xr.DataTree) -> str:
    """Who was treated without it."""
    own, unit = own_controls.of(tree), outcome_of(tree.attrs).unit
    if own is None:
        return (
            "nobody was treated without it in the same trial: "
            f"the comparison is with other {unit}, at other places and times."
        )
    return (
        f"{own_controls.counts(own)[1]} {unit} of the same trial were treated without it "
        f"({own.attrs['label']}). What history adds to them comes from other {unit}, at other "
        "places and times."
    )
