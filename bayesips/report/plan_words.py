"""A plan in plain words: the verdict first, then what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesips.report.plan_context_words import chances, serious, time
from bayesips.report.plan_error_words import designs, gain, if_history_is_wrong, routes
from bayesips.report.plan_rules_words import rules
from bayesips.report.plan_verdict_words import smallest, verdict

if TYPE_CHECKING:
    import xarray as xr


def summary(tree: xr.DataTree) -> str:
    """The plan in plain words, one paragraph a subject.

    Parameters
    ----------
    tree : xarray.DataTree
        What `plan` returns.
    """
    return "\n\n".join(paragraphs(tree).values())


def paragraphs(tree: xr.DataTree) -> dict[str, str]:
    """The same by its headings; a subject that the plan does not have is left out."""
    parts = {
        "Answer": verdict,
        "Sizes": smallest,
        "Rules and priors": rules,
        "Designs": designs,
        "Other control rates": if_history_is_wrong,
        "Calibration": routes,
        "What history is worth": gain,
        "What is known now": chances,
        "Accrual": time,
        "Adverse reactions": serious,
        "Limits": _limits,
    }
    return {title: said for title, part in parts.items() if (said := part(tree))}


def _limits(tree: xr.DataTree) -> str:
    """What the figures rest on."""
    exact = "These figures are exact sums over all outcomes. They hold for the rules and rates"
    if tree.attrs["history"] == "none":
        return f"{exact} declared."
    return (
        f"{exact} declared; historical controls at summary level support design and hypothesis, "
        "not confirmation."
    )
