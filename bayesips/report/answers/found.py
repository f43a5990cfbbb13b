"""What came out: question, summaries, decision, checks against the data, sensitivity."""

from __future__ import annotations

import numpy as np
import xarray as xr

from bayesips.answer import diagnostics
from bayesips.declare.toml_file import shipped_with
from bayesips.report import own_controls
from bayesips.report.answers import Answer, lacking
from bayesips.report.criteria import criteria, effect_words
from bayesips.report.rates import share, span
from bayesips.words.numbers import joined, percent
from bayesips.words.outcome import outcome_of

WITHHELD = Answer("missing", "Withheld: a check of the computation failed.", "diagnostics")


def question(tree: xr.DataTree) -> Answer:
    """What was asked; not what for."""
    said = f"The question: {tree.attrs['question']} Add what the answer is for."
    return Answer("partly", said, "answer")


def summaries(tree: xr.DataTree) -> Answer:
    """Means of the rates and of the effect."""
    if diagnostics.failures(tree):
        return WITHHELD
    treated, control = tree["treated"].to_dataset(), tree["control"].to_dataset()
    name = tree.attrs["treated"]
    said = (
        f"Means: {percent(treated['mean'])} with {name}, {share(control)} without; "
        f"{effect_words(tree).title} {_effect(tree, 'mean')}."
    )
    return Answer("answered", said, "result")


def spreads(tree: xr.DataTree) -> Answer:
    """95 % intervals of the rates and of the effect."""
    if diagnostics.failures(tree):
        return WITHHELD
    treated, control = tree["treated"].to_dataset(), tree["control"].to_dataset()
    said = (
        f"95 % intervals: {span(treated)} with {tree.attrs['treated']}, {span(control)} without; "
        f"{effect_words(tree).title} {_effect(tree, 'low')} to {_effect(tree, 'high')}."
    )
    return Answer("answered", said, "result")


def _effect(tree: xr.DataTree, end: str) -> str:
    """The effect in words."""
    return effect_words(tree).size(float(tree["effect"][end]))


def posterior_check(tree: xr.DataTree) -> Answer:
    """History against what the model predicts of it; one treated count leaves nothing to check."""
    least = _least_tail(tree)
    if not least:
        return lacking("a posterior predictive check; this result has none")
    said = f"Each historical group is predicted from the others; {least}. The treated arm is one "
    return Answer("partly", f"{said}count: nothing in it could show a misfit.", "evidence")


def conflict(tree: xr.DataTree) -> Answer:
    """The trial's own controls against history; else historical groups against each other."""
    least, own = _least_tail(tree), own_controls.of(tree)
    if own is not None and np.isfinite(float(own["conflict"])):
        said = " ".join(own_controls.conflict(own))
        return Answer("answered", said, "own_controls")
    if not least:
        return lacking("a check of the prior against data on controls; this result has none")
    said = f"Historical groups against each other: {least}. The trial has no controls of its own, "
    return Answer("partly", f"{said}so that history as a whole meets no data.", "evidence")


def _least_tail(tree: xr.DataTree) -> str:
    """The group that is least like the others, in words; empty where none was checked."""
    evidence = tree["evidence"].to_dataset()
    tails = evidence["conflict"].values if evidence.sizes.get("arm", 0) else np.zeros(0)
    if not np.isfinite(tails).any():
        return ""
    least = int(np.nanargmin(tails))
    return f"the smallest tail is {percent(tails[least], 1)} ({evidence['arm'].values[least]})"


def criterion(tree: xr.DataTree) -> Answer:
    """The success criterion and whether it was met."""
    said = [f"{one.short} above {one.required}" for one in criteria(tree)]
    if diagnostics.failures(tree):
        return Answer("partly", f"Required: {joined(said)}. The verdict is withheld.", "result")
    met = "met" if int(tree["decision"].attrs["all_met"]) else "not met"
    return Answer("answered", f"Required: {joined(said)}; {met}.", "result")


def route(tree: xr.DataTree) -> Answer:
    """The posterior against its threshold; whether that was calibrated is not in the result."""
    said = [f"{one.short} above {one.required}" for one in criteria(tree)]
    return Answer(
        "partly",
        f"The posterior is read against a declared threshold ({joined(said)}); whether it was "
        "calibrated is not in this result. `bayesips plan DESIGN` shows both routes.",
        "result",
    )


def operating(tree: xr.DataTree) -> Answer:
    """The decision of every outcome; how often each happens is a design's question."""
    said = "The decision is shown for every outcome of the treated. Add error and power of the "
    return Answer("partly", f"{said}design: `bayesips plan DESIGN` gives them exactly.", "outcomes")


def sensitivity(tree: xr.DataTree) -> Answer:
    """Sensitivity to priors and history: by commands of their own."""
    name = tree.attrs["model"]
    model = name if name in shipped_with(design=False) else "FILE.toml"
    more = f"`bayesips sensitivity {model}` and `bayesips compare {model}`"
    if tree.attrs["endpoint"] == "landmark":
        more += f", for the curve over time `bayesips sensitivity {model} --bridge`"
    return lacking(f"the sensitivity to priors and to the choice of history: {more}")


def outcomes(tree: xr.DataTree) -> Answer:
    """What other data would have said."""
    n = int(tree["treated"]["n"])
    return Answer(
        "partly",
        f"The analysis of every count of {outcome_of(tree.attrs).people}, 0 to {n}. Add "
        "other exclusions and other definitions of the endpoint.",
        "outcomes",
    )
