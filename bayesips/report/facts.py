"""The few numbers to read first."""

from __future__ import annotations

import xarray as xr

from bayesips.report import wording
from bayesips.report.criteria import criteria
from bayesips.report.rates import share, span
from bayesips.report.wording import alive, percent


def facts(tree: xr.DataTree) -> list[dict[str, str]]:
    """The few numbers to read first."""
    treated, control = tree["treated"].to_dataset(), tree["control"].to_dataset()
    r, n = int(treated["successes"]), int(treated["n"])
    name = tree.attrs["treated"]
    found = [
        {
            "value": f"{r} of {n}",
            "words": f"{alive(tree)} with {name}: {percent(r / n)} (exact 95 % interval "
            f"{wording.span(treated['exact_low'], treated['exact_high'])})",
        },
        {
            "value": share(control),
            "words": f"expected without {name}{span(control, ' (95 % interval {})')}",
        },
    ]
    for one in criteria(tree):
        verdict = "met" if one["met"] else "not met"
        found.append(
            {
                "value": one["probability"],
                "words": f"probability that {one['claim']}; more than {one['required']} was "
                f"required: {verdict}",
            }
        )
    return found
