"""A plan's question, rules and priors in plain words, as declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesips.report.plan_error_words import rate

if TYPE_CHECKING:
    import xarray as xr


def rules(tree: xr.DataTree) -> str:
    """The question, what is held against what, every rule and every prior.

    Parameters
    ----------
    tree : xarray.DataTree
        What `plan` returns.
    """
    said = tree["declared"].attrs
    parts = [tree.attrs["question"], _against(tree.attrs), _end(said)]
    if tree["characteristics"]["looks"].max() > 1:
        parts.append(_interim(said))
    return "\n".join([*parts, _priors(said)])


def _against(about: dict) -> str:
    """What the treated rate is held against."""
    if np.isfinite(about["fixed_rate"]):
        return f"Held against a fixed rate of {rate(about['fixed_rate'])}."
    if about["history"] == "none":
        return "Held against the trial's own controls alone."
    if not np.isfinite(about["history_low"]):
        return f"History: {about['history']}."
    between = f"{rate(about['history_low'])} to {rate(about['history_high'])}"
    return (
        f"History alone ({about['history']}) leads one to expect a control rate of "
        f"{rate(about['history_rate'])}, 95 % interval {between}."
    )


def _end(said: dict) -> str:
    """The decision at the end."""
    if not said["stop"]:
        return f"At the end: go if {said['go']}, else stop."
    return f"At the end: go if {said['go']}, else stop if {said['stop']}, else consider."


def _interim(said: dict) -> str:
    """The decision at an interim look."""
    ways = {"claim": said["interim_claim"], "stop for futility": said["interim_stop"]}
    stops = ", else ".join(f"{word} if {rule}" for word, rule in ways.items() if rule)
    return f"At an interim look: {stops}, else continue."


def _priors(said: dict) -> str:
    """Every prior declared."""
    names = {"treated": "treated rate", "control": "control rate",
             "assurance": "treated rate in the chance of success",
             "safety": "rate of serious reactions"}  # fmt: skip
    priors = {name: said[f"prior_{key}"] for key, name in names.items()}
    listed = "; ".join(f"{name} {prior}" for name, prior in priors.items() if prior)
    return f"Priors: {listed}."
