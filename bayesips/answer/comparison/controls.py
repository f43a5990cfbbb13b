"""Borrowing methods side by side with concurrent controls: what every count of theirs would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from bayesips.answer.comparison.entries import Entry, entries_of
from bayesips.answer.comparison.table import TO_TENTHS, dataset, side_by_side
from bayesips.answer.conflict_of_controls import conflict_of_controls
from bayesips.answer.conflict_stages import evans_moshonov_stages
from bayesips.answer.information import realised_ess
from bayesips.borrowing.method import before_controls
from bayesips.declare.model import Model
from bayesips.engine.histories import Histories
from bayesips.errors import NotSettled, Refused
from bayesips.evidence.arm import Arm


def compare_with_controls(
    model: Model, n: int, settings: Mapping[str, Any] | None = None
) -> xr.Dataset:
    """Every method with `n` concurrent controls: what each count x_C of survivors would do.

    Parameters
    ----------
    model : Model
        Its treated data stay as observed.
    n : int
        Concurrent controls.
    settings : mapping, optional
        Settings that have no default, as ``{"delta": 0.15}``: a clinically relevant difference of
        rates. Each goes to every method that needs it; the declared method keeps its own.

    Returns
    -------
    Dataset
        Dims method, controls (0..n), criterion. weight (what an adaptive method learned; NaN
        where nothing is learned), realised_ess (by moments), mean, std, probability, met, status,
        settings (what was given); conflict and mid_p (controls) of the counts with history as the
        declared method reads it before it has seen controls, without robust part (attribute
        `history` says in words what that is), and detectable_drift (side): the nearest drifts
        seen with power 80 %.

    Raises
    ------
    Refused
        If n is not at least 1, or a setting is unknown or not allowed.
    """
    if n < 1:
        raise Refused(f"{n} controls given; at least 1 is needed")
    entries = entries_of(model, settings)
    concurrent = Arm("concurrent controls", np.arange(n + 1), n)
    histories = Histories(model.borrowing, TO_TENTHS)
    columns, status = side_by_side(partial(_row, model, concurrent, histories), entries)
    chance = columns.pop("chance")
    table = dataset(model, entries, columns, status, chance, over="controls")
    return _with_conflict(table, model, n)


def hyperprior_stage(model: Model, seed: int = 1) -> dict[str, float]:
    """How the model's hyperpriors sit with its history, to stand in the table of its controls.

    Parameters
    ----------
    model : Model
        With the binary endpoint; declared by a MAP, or by a method that starts from one.
    seed : int
        Of the histories drawn.

    Returns
    -------
    dict
        hyperprior_tail, hyperprior_error and hyperprior_draws: the first stage of
        `bayesips.conflict.evans_moshonov_stages`, of which the table's `conflict` is the
        second; ``table.assign(hyperprior_stage(model))``.

    Raises
    ------
    Refused
        If the stage is not defined for the model.
    NotSettled
        If it does not settle.
    """
    if not model.endpoint.conjugate:
        raise Refused(
            f"{model.name} reads rows at their own days; hyperpriors are checked of counts at the "
            "day asked about (endpoint binary)"
        )
    found = evans_moshonov_stages(model.arms, before_controls(model.method), seed=seed)
    return {
        "hyperprior_tail": found.hyperpriors,
        "hyperprior_error": found.error,
        "hyperprior_draws": found.draws,
    }


def _row(model: Model, concurrent: Arm, histories: Histories, entry: Entry) -> tuple[dict, str]:
    """One method's numbers for every count of the controls."""
    n, count = int(concurrent.n), len(model.decisions)
    nothing = np.full(n + 1, np.nan)
    empty = {name: nothing for name in ("mean", "std", "realised_ess", "weight")}
    empty |= {"chance": np.full((n + 1, count), np.nan)}
    if entry.reason:
        return empty, entry.reason
    borrowing = replace(model.borrowing, method=entry.method, robust=entry.robust)
    try:
        updated = borrowing.posterior(concurrent, histories)
    except (Refused, NotSettled) as error:
        return empty, str(error)
    control = updated.distribution
    columns = {"mean": control.mean(), "std": control.std(), "weight": updated.weight}
    columns["realised_ess"] = np.broadcast_to(realised_ess(control, n, "moment"), n + 1)
    return columns | {"chance": model.effect(control).probabilities(model.rule)}, ""


def _with_conflict(table: xr.Dataset, model: Model, n: int) -> xr.Dataset:
    """How each count sits with history, and which drift the check could see."""
    found = conflict_of_controls(model, np.arange(n + 1), n)
    return table.assign(
        conflict=("controls", found.tail),
        mid_p=("controls", found.mid_p),
        detectable_drift=("side", found.detectable_drift),
        history_mean=found.history_mean,
    ).assign_attrs(history=found.history)


def counts_in_words(counts: np.ndarray) -> str:
    """Whole numbers in order, neighbours together: "0 to 2, 5"; "none" of them."""
    runs = np.split(counts, np.flatnonzero(np.diff(counts) > 1) + 1) if len(counts) else []
    said = [f"{run[0]}" if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
    return ", ".join(said) or "none"
