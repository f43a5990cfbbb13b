"""The section of every outcome: one row for every number of survivors."""

from __future__ import annotations

from typing import Any

import xarray as xr

from bayesips.report.criteria import criteria
from bayesips.report.rates import chances, counts
from bayesips.words.numbers import percent, span
from bayesips.words.outcome import outcome_of

PLACE = 40
TITLE = "Every outcome the trial could have had"


def given(tree: xr.DataTree) -> dict[str, Any]:
    """One row for every number of survivors."""
    table = tree["outcomes"].to_dataset()
    seen, n = counts(tree)
    rows = []
    for survivors in table["survivors"].values:
        one = table.sel(survivors=survivors)
        rows.append(
            {
                "survivors": int(survivors),
                "seen": int(survivors) == seen,
                "mean": percent(one["treated_mean"]),
                "span": span(one["treated_low"], one["treated_high"]),
                "probabilities": chances(one, tree),
                "met": bool(one["all_met"]),
                "predicted": percent(one["predicted"], 1),
            }
        )
    return {
        "rows": rows,
        "claims": [one.short for one in criteria(tree)],
        "people": outcome_of(tree.attrs).people,
        "n": n,
        "treated": tree.attrs["treated"],
    }
