"""What was put in: data, model, priors, and what history is worth."""

from __future__ import annotations

import numpy as np
import xarray as xr

from bayesips.report import own_controls
from bayesips.report.answers import Answer, lacking
from bayesips.report.sections import prior as prior_section
from bayesips.words.outcome import outcome_of

OF_COUNTS = "Counts of {people}, binomial"
OF_TIME = (
    "Counts of {people} at the days they were reported, given a curve over time that all groups "
    "share"
)


def data(tree: xr.DataTree) -> Answer:
    """The counts and where they come from."""
    treated, evidence = tree["treated"].to_dataset(), tree["evidence"].to_dataset()
    reached = outcome_of(tree.attrs).reached
    said = f"{int(treated['successes'])} of {int(treated['n'])} treated {reached}; "
    if (own := own_controls.of(tree)) is not None:
        said += f"{own_controls.counted(tree, own).removesuffix('.')}; "
    arms = int(evidence.sizes.get("arm", 0))
    if not arms:
        return Answer("answered", f"{said}no historical group enters.", "evidence")
    said += f"{arms} historical groups, each with its rows and doubts."
    if arms == 1:
        said = said.replace("1 historical groups, each", "1 historical group,")
    silent = sum(not str(each) for each in evidence["source"].values)
    silent += not treated.attrs["source"]
    if silent:
        return Answer("partly", f"{said} Add the source of {silent} of {arms + 1}.", "evidence")
    return Answer("answered", said, "evidence")


def likelihood(tree: xr.DataTree) -> Answer:
    """The model in words; its formula is elsewhere."""
    how = OF_COUNTS if tree.attrs["endpoint"] == "binary" else OF_TIME
    how = how.format(people=outcome_of(tree.attrs).people)
    settings = f"{tree.attrs['endpoint_settings']}; control by {tree['control'].attrs['title']}"
    return Answer(
        "partly",
        f"{how}: {settings}. Add the formula; `bayesips.pymc_model` writes the "
        "model out, variable by variable.",
        "reproduce",
    )


def specification(tree: xr.DataTree) -> Answer:
    """The declared model, known by its digest."""
    said = f"The model file declares everything; its digest is {tree.attrs['digest'][:12]}."
    return Answer("partly", f"{said} Add the file itself.", "reproduce")


def priors(tree: xr.DataTree) -> Answer:
    """Both priors as they stand."""
    given = prior_section.given(tree)
    control = dict(given["control"])
    said = (
        f"Treated rate: {given['treated']['formula']}. Control: {control['Settings']}; vague part: "
        f"{control['Vague part']}; shift for known bias: {control['Shift for known bias']}."
    )
    if tree.attrs["endpoint"] == "landmark":
        said += f" Curve over time: {tree.attrs['endpoint_settings']}."
    return Answer("answered", said, "prior")


def prior_predictive(tree: xr.DataTree) -> Answer:
    """What the priors expect, in patients."""
    group, n = tree["treated"], int(tree["treated"]["n"])
    low, high = int(group["prior_patients_low"]), int(group["prior_patients_high"])
    return Answer(
        "partly",
        f"The treated prior expects {low} to {high} of {n} {outcome_of(tree.attrs).unit}. Add "
        "the same for the prior of "
        "the control before history: the page shows it only after.",
        "prior",
    )


def worth(tree: xr.DataTree) -> Answer:
    """How much history adds, in patients."""
    group = tree["control"].to_dataset()
    moment, elir = float(group["ess_moment"]), float(group["ess_elir"])
    if not float(group["std"]) > 0:
        said = (
            "None exists: the control rate is taken as known, which no number of patients equals."
        )
        return Answer("answered", said, "prior")
    if not np.isfinite(moment):
        return lacking("an effective sample size; this result has none")
    more = f", {elir:.1f} by ELIR" if np.isfinite(elir) else "; ELIR does not exist here"
    error = float(group["ess_elir_error"]) if "ess_elir_error" in group else 0.0
    more += f" (Monte Carlo standard error {error:.2g})" if error > 0 else ""
    known = (
        f"The control is worth {moment:.1f} {outcome_of(tree.attrs).unit} by its moments{more}; "
    )
    return Answer("answered", f"{known}history has {group.attrs['patients']}.", "prior")
