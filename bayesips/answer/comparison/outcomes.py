"""Borrowing methods side by side on the trial as it was: every outcome of the treated arm."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from bayesips.answer.assessment.distribution import summary
from bayesips.answer.comparison.entries import Entry, entries_of
from bayesips.answer.comparison.table import TO_TENTHS, dataset, side_by_side
from bayesips.answer.information import ess, realised_ess
from bayesips.declare.model import Model
from bayesips.distributions.any_distribution import Distribution
from bayesips.distributions.effects.effect import Effect
from bayesips.engine.control_rate import robustified
from bayesips.engine.histories import Histories
from bayesips.errors import NotSettled, Refused

NEEDS_CONTROLS = "needs controls"
MOMENTS = ("mean", "std", "low", "high")
INFORMATION = ("ess_moment", "ess_elir", "weight", "realised_ess")


def compare(model: Model) -> xr.Dataset:
    """Every borrowing method on a model's history, treated arm and decisions.

    The first row is the model as declared; every other method has its defaults, the model's bias
    and no robust part.

    Parameters
    ----------
    model : Model

    Returns
    -------
    Dataset
        Dims method, criterion, survivors; every row settled within 1e-5. mean, std, low, high,
        ess_moment, ess_elir of the control, after the trial's own controls where it has some;
        weight (what an adaptive method learned from them) and realised_ess (patients borrowed, by
        moments), NaN without them; probability (method, criterion), met; every outcome of
        the treated arm: treated_mean (survivors), outcome_probability (method, survivors,
        criterion), outcome_met (method, survivors); status (method): empty, "needs controls", or
        why a method has no answer.
    """
    entries, histories = entries_of(model), Histories(model.borrowing, TO_TENTHS)
    columns, status = side_by_side(partial(_row, model, histories), entries)
    chance = columns.pop("chance")
    found = dataset(model, entries, columns, status, chance)
    seen = model.treated.successes
    return found.assign(
        outcome_probability=found["probability"],
        outcome_met=found["met"],
        probability=found["probability"].sel(survivors=seen, drop=True),
        met=found["met"].sel(survivors=seen, drop=True),
        treated_mean=("survivors", model.treated_outcomes.mean()),
    )


def _row(model: Model, histories: Histories, entry: Entry) -> tuple[dict, str]:
    """One method's numbers, NaN with the reason where it has none."""
    empty: dict[str, Any] = dict.fromkeys((*MOMENTS, *INFORMATION), np.nan)
    empty |= {"chance": np.full((model.treated.n + 1, len(model.decisions)), np.nan)}
    if entry.learns and model.concurrent is None:
        return empty, NEEDS_CONTROLS
    if entry.reason:
        return empty, entry.reason
    try:
        control, weight = _control(model, histories, entry)
    except (Refused, NotSettled) as error:
        return empty, str(error)
    columns = {"ess_moment": ess(control, "moment"), "ess_elir": ess(control), "weight": weight}
    if model.concurrent is not None:
        columns["realised_ess"] = realised_ess(control, model.concurrent.n, "moment")
    effect = Effect(model.treated_outcomes, control, model.scale)
    columns["chance"] = effect.probabilities(model.rule)
    return {**empty, **summary(control), **columns}, ""


def _control(model: Model, histories: Histories, entry: Entry) -> tuple[Distribution, float]:
    """The control rate by one method, and what that learned from the trial's own controls."""
    if model.concurrent is None:
        return robustified(histories(entry.method), entry.robust), np.nan
    own = replace(model.borrowing, method=entry.method, robust=entry.robust)
    updated = own.posterior(model.concurrent, histories)
    return updated.distribution, float(updated.weight)
