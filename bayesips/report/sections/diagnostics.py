"""The section of the diagnostics: what was checked."""

from __future__ import annotations

from typing import Any

import xarray as xr

from bayesips.report.rates import number

PLACE = 50
TITLE = "Whether the computation can be trusted"


def given(tree: xr.DataTree) -> dict[str, Any]:
    """What was checked."""
    table = tree["diagnostics"].to_dataset()
    rows = []
    for name in table["check"].values:
        one = table.sel(check=name)
        rows.append(
            {
                "name": str(name),
                "value": number(one["value"]),
                "limit": f"at {'most' if bool(one['at_most']) else 'least'} {number(one['limit'])}",
                "passed": bool(one["passed"]),
                "advice": "" if bool(one["passed"]) else str(one["advice"].item()),
            }
        )
    return {"rows": rows, "sampled": tree.attrs["engine"] == "nuts"}
