"""conclusion(tree) -> text: what was found, against what, given what, in plain language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from bayesips.answer import diagnostics
from bayesips.report import other_readings, own_controls
from bayesips.report.criteria import criteria, effect_words
from bayesips.report.rates import counts, with_interval
from bayesips.words.numbers import joined, patients, percent, probability, signed, span
from bayesips.words.outcome import outcome_of

if TYPE_CHECKING:
    import xarray as xr

GIVEN = (
    "Given this control definition, these priors, and that the groups differ in nothing but the "
    "treatment:"
)
FIXED = "a fixed concession that does not adapt to the data."


def conclusion(tree: xr.DataTree) -> str:
    """Say the result in words, or say why nothing is concluded.

    Parameters
    ----------
    tree : DataTree
        From `assess`, or read from its file.

    Returns
    -------
    str
        Paragraphs, a line each. If a diagnostic failed, the conclusion is withheld and the text
        says which and what to do.
    """
    failed = diagnostics.failures(tree)
    if failed:
        reasons = "\n".join(f"- {reason}" for reason in failed)
        return f"Conclusion withheld: the result cannot be trusted.\n{reasons}"
    return "\n".join(" ".join(sentences) for sentences in _paragraphs(tree) if sentences)


def verdict(tree: xr.DataTree) -> str:
    """One sentence for each criterion: the probability, what was required, whether it is met."""
    return " ".join(_decisions(tree))


def _paragraphs(tree: xr.DataTree) -> Iterator[list[str]]:
    """The text, paragraph by paragraph."""
    yield list(_treated(tree))
    yield list(_control(tree))
    yield list(_own_controls(tree))
    yield list(_rows(tree))
    yield list(_decisions(tree))
    yield list(_fragility(tree))
    yield list(other_readings.without_robust(tree))
    yield list(other_readings.later(tree))
    yield list(other_readings.second_reading(tree))
    yield list(other_readings.surprise(tree))
    yield list(other_readings.benchmark(tree))
    yield [other_readings.not_confirmation(tree)]


def _treated(tree: xr.DataTree) -> Iterator[str]:
    """The treated arm, before and after its prior."""
    group, name = tree["treated"].to_dataset(), tree.attrs["treated"]
    words = outcome_of(tree.attrs)
    r, n = counts(tree)
    yield (
        f"{r} of {n} {words.unit} treated with {name} {words.did} ({percent(r / n)}; exact "
        f"95 % interval {span(group['exact_low'], group['exact_high'])})."
    )
    low, high = int(group["prior_patients_low"]), int(group["prior_patients_high"])
    yield (
        f"With a prior that expects {low} to {high} of {n}, the {words.chance} "
        f"is put at {percent(group['mean'])} (95 % interval {span(group['low'], group['high'])})."
    )


def _control(tree: xr.DataTree) -> Iterator[str]:
    """The control definition and what it gives."""
    group = tree["control"].to_dataset()
    about = group.attrs
    if not float(group["std"]) > 0:
        yield (
            f"They are held against {_named(tree)}a control rate of {percent(group['mean'], 1)} "
            "taken as known exactly: no uncertainty about it enters."
        )
        return
    yield (
        f"They are held against {_named(tree)}{about['arms']} historical "
        f"{'arm' if about['arms'] == 1 else 'arms'} with {about['patients']} "
        f"{outcome_of(tree.attrs).unit}, by the "
        f"method {about['title']}{_and_own(tree)}."
    )
    yield from _concessions(tree)
    own, words = own_controls.of(tree), outcome_of(tree.attrs)
    rate = f"{percent(group['mean'])} (95 % interval {span(group['low'], group['high'])})"
    if own is None:
        whom = f"Of a new comparable cohort without {tree.attrs['treated']}"
    else:
        whom = f"Of {words.unit} like the trial's, {_treated_without(tree, own)}"
    yield (f"{whom}, {words.expected(rate)}{_worth(group, words.unit)}.")
    if np.isfinite(group["population_mean"]):
        yield (
            "The mean over all such cohorts, another question, is "
            f"{with_interval(group, 'population_')}."
        )


def _own_controls(tree: xr.DataTree) -> Iterator[str]:
    """What the trial's own controls counted, changed, and contradict."""
    own = own_controls.of(tree)
    if own is not None:
        yield own_controls.counted(tree, own)
        yield from own_controls.learned(tree, own)
        yield from own_controls.conflict(own)


def _and_own(tree: xr.DataTree) -> str:
    """That the trial's own controls stand beside history."""
    own = own_controls.of(tree)
    return "" if own is None else f", and the trial's own {own_controls.counts(own)[1]} controls"


def _treated_without(tree: xr.DataTree, own: xr.Dataset) -> str:
    """That patients of the trial were treated without it."""
    return f"{own_controls.counts(own)[1]} of whom were treated without {tree.attrs['treated']}"


def _named(tree: xr.DataTree) -> str:
    """The control set by its name."""
    chosen = tree.attrs["control_set"]
    return f'the control set "{chosen}": ' if chosen else ""


def _concessions(tree: xr.DataTree) -> Iterator[str]:
    """Robust part and biases."""
    about = tree["control"].attrs
    if about["robust_weight"] > 0:
        yield (
            f"A vague prior has {percent(about['robust_weight'])} of the weight, "
            + (FIXED if own_controls.of(tree) is None else "before the trial's own controls.")
        )
    if about["bias_names"]:
        yield (
            f"The control is shifted for {about['bias_names'].replace('_', ' ')} by "
            f"{signed(about['bias_mean'])} on the log odds (sd {about['bias_sd']:.2g})."
        )


def _worth(group: xr.Dataset, unit: str) -> str:
    """The information of the control in patients."""
    elir, moment = float(group["ess_elir"]), float(group["ess_moment"])
    if np.isfinite(elir):
        by_moments = f"{patients(moment)} by its moments"
        said = "; ".join([*_monte_carlo(group, "elir"), by_moments])
        return f"; this is worth about {patients(elir)} {unit} ({said})"
    if np.isfinite(moment):
        error = "".join(f" ({said})" for said in _monte_carlo(group, "moment"))
        return f"; this is worth about {patients(moment)} {unit} by its moments{error}"
    return ""


def _monte_carlo(group: xr.Dataset, method: str) -> list[str]:
    """The Monte Carlo standard error of an effective sample size, where it is from draws."""
    error = float(group.get(f"ess_{method}_error", 0.0))
    drawn = error > 0 and not group.attrs.get(f"no_ess_{method}_because", "")
    return [f"Monte Carlo standard error {error:.2g}"] if drawn else []


def _rows(tree: xr.DataTree) -> Iterator[str]:
    """Which rows are not what they are read as."""
    evidence = tree["evidence"].to_dataset()
    if not evidence.sizes.get("arm", 0):
        return
    day = float(tree.attrs["landmark_day"])
    if tree.attrs["endpoint"] == "landmark":
        yield (
            "Every arm enters at the days and with the bounds it was reported at; "
            f"{outcome_of(tree.attrs).noun} at day {day:g} follows by a bridge "
            "over time that all arms share."
        )
        return
    read = [
        f"{label} ({reasons})"
        for label, flags in zip(evidence["arm"].values, evidence["flags"].values, strict=True)
        if (reasons := _pretences(str(flags)))
    ]
    if read:
        which = "no historical arm is" if len(read) == evidence.sizes["arm"] else "not all arms are"
        yield (
            f"This reading is a pretence: {which} a count at day {day:g}. Read as if they were: "
            f"{'; '.join(read)}."
        )


def _pretences(flags: str) -> str:
    """Those flags that say why a row is no count at the day."""
    reasons = [flag for flag in flags.split("; ") if flag.startswith(("day", "bound"))]
    return ", ".join(reasons)


def _decisions(tree: xr.DataTree) -> Iterator[str]:
    """Each criterion: probability, requirement, verdict; then the size of the effect."""
    yield GIVEN
    required = tree["decision"].to_dataset()["required"].values
    for one, least in zip(criteria(tree, tree.attrs["treated"]), required, strict=True):
        yield (
            f"the probability that {one.claim} is {one.probability}; more than "
            f"{percent(least, 1)} was required: {one.verdict}."
        )
    effect = (float(tree["effect"].to_dataset()[name]) for name in ("mean", "low", "high"))
    yield effect_words(tree).sentence(*effect)


def _fragility(tree: xr.DataTree) -> Iterator[str]:
    """What one survivor fewer or more would have done, and from where the claim would hold."""
    near, n = tree["fragility"].to_dataset(), int(tree["treated"].to_dataset()["n"])
    required = tree["decision"].to_dataset()["required"].values[0]
    parts = [
        f"with {int(x)} of {n} it would be "
        f"{probability(float(near['probability'].sel(survivors=x)[0]), required)}"
        for x in near["survivors"].values
    ]
    changes = bool(near["changes"].any())
    yield (
        f"One patient either way: {joined(parts)}; the decision would "
        f"{'change' if changes else 'not change'}."
    )
    every, words = tree["outcomes"].to_dataset(), outcome_of(tree.attrs)
    enough = every["survivors"].values[every["all_met"].values]
    if not enough.size:
        yield f"No outcome of these {n} {words.unit} could have met it."
    elif list(enough) == [n if words.more_is_better else 0]:
        yield f"Only {enough[0]} of {n} would have met it."
    elif not words.more_is_better:
        yield f"It takes at most {int(enough.max())} of {n} to meet it."
    else:
        yield f"It takes at least {int(enough.min())} of {n} to meet it."
