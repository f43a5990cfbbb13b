"""The few numbers to read first."""

from __future__ import annotations

import xarray as xr

from bayesips.report.criteria import criteria
from bayesips.report.rates import counts, share, span
from bayesips.words import numbers
from bayesips.words.numbers import percent
from bayesips.words.outcome import outcome_of


def key_numbers(tree: xr.DataTree) -> list[dict[str, str]]:
    """The few numbers to read first."""
    treated, control = tree["treated"].to_dataset(), tree["control"].to_dataset()
    r, n = counts(tree)
    name, words = tree.attrs["treated"], outcome_of(tree.attrs)
    found = [
        {
            "value": f"{r} of {n}",
            "words": f"{words.reached} with {name}: {percent(r / n)} (exact 95 % interval "
            f"{numbers.span(treated['exact_low'], treated['exact_high'])})",
        },
        {
            "value": share(control),
            "words": f"expected without {name}{span(control, ' (95 % interval {})')}",
        },
    ]
    for one in criteria(tree):
        found.append(
            {
                "value": one.probability,
                "words": f"probability that {one.claim}; more than {one.required} was "
                f"required: {one.verdict}",
            }
        )
    return found
