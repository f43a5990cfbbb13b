"""All borrowing methods side by side on one model: every outcome, and every control count."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any

import numpy as np
import xarray as xr

from bayesips import borrowing
from bayesips.arm import Arm
from bayesips.assessment.answer import biases, read
from bayesips.assessment.decisions import met
from bayesips.assessment.distribution import summary
from bayesips.borrowing import as_method, method_name
from bayesips.conflict import box_mid_p_value, box_p_value, smallest_detectable_drift
from bayesips.control import (
    control_prior,
    needs_controls,
    posterior_and_weight,
    robustified,
)
from bayesips.effects import prob_greater
from bayesips.information import ess, realised_ess
from bayesips.model import Model

NEEDS_CONTROLS = "needs controls"
DECLARED = "as declared"
MOMENTS = ("mean", "std", "low", "high")
# A row shows tenths of a percent; each settles within this.
TOLERANCE = 1e-5
# Methods answered at a time.
WORKERS = 4


@dataclass(frozen=True)
class Entry:
    """One row: a method, the robust part with it, and whether it learns from controls."""

    name: str
    method: Any
    robust: Any = None
    learns: bool = False


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
        ess_moment, ess_elir of the control; probability (method, criterion), met; every outcome of
        the treated arm: treated_mean (survivors), outcome_probability (method, survivors,
        criterion), outcome_met (method, survivors); status (method): empty, "needs controls", or
        why a method has no answer.
    """
    entries, status = entries_of(model)
    n = model.treated.n
    posteriors = model.treated_prior.update(np.arange(n + 1), n)
    rows, status = _side_by_side(partial(_row, model, posteriors, _Told(model)), entries, status)
    columns = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    return _dataset(model, entries, columns, status).assign(
        treated_mean=("survivors", posteriors.mean())
    )


def compare_with_controls(model: Model, n: int) -> xr.Dataset:
    """Every method with `n` concurrent controls: what each count x_C of survivors would do.

    Parameters
    ----------
    model : Model
        Its treated data stay as observed.
    n : int
        Concurrent controls.

    Returns
    -------
    Dataset
        Dims method, controls (0..n), criterion. weight (what an adaptive method learned; NaN
        where nothing is learned), realised_ess (by moments), mean, std, probability, met, status;
        conflict and mid_p (controls) of the counts with history as the model declares it, without
        robust part, and detectable_drift (side): the nearest drifts seen with power 80 %.

    Raises
    ------
    ValueError
        If n is not at least 1.
    """
    if n < 1:
        raise ValueError(f"{n} controls given; at least 1 is needed")
    entries, status = entries_of(model)
    concurrent = Arm("concurrent controls", np.arange(n + 1), n)
    told = partial(_row_with_controls, model, concurrent)
    rows, status = _side_by_side(told, entries, status)
    columns = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    table = _dataset(model, entries, columns, status, controls=n)
    return table.assign(_conflict(model, concurrent))


def entries_of(model: Model) -> tuple[list[Entry], list[str]]:
    """The rows of a comparison, and why some of them cannot be built."""
    entries = [Entry(DECLARED, model.method, model.robust, needs_controls(model.method))]
    status = [""]
    for name in borrowing.names():
        learns = needs_controls(borrowing.method_class(name))
        try:
            method = as_method(name)
            entries.append(Entry(name, method, None, learns))
            status.append(getattr(method, "lacks", ""))
        except ValueError as error:
            entries.append(Entry(name, None, None, learns))
            status.append(str(error))
    return entries, status


def _side_by_side(
    told: Callable[[Entry, str], tuple[dict, str]], entries: list[Entry], status: list[str]
) -> tuple[list[dict], list[str]]:
    """Rows and reasons, several methods at a time: most of the work is done outside Python."""
    with ThreadPoolExecutor(min(WORKERS, os.cpu_count() or 1)) as pool:
        rows, reasons = zip(*pool.map(told, entries, status), strict=True)
    return list(rows), list(reasons)


class _Told:
    """What history says through each method, before any robust part: asked for once.

    The declared method is one of those that stand below it, unless its settings differ.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.answers: dict[Any, Any] = {}
        self.locks: dict[Any, Lock] = {}

    def __call__(self, method: Any) -> Any:
        """Distribution of the control rate, bias included; who comes second waits for the first."""
        with self.locks.setdefault(method, Lock()):
            if method not in self.answers:
                self.answers[method] = self._prior(method)
            return self.answers[method]

    def _prior(self, method: Any) -> Any:
        """The answer to tenths of a percent."""
        model = self.model
        return control_prior(
            read(model),
            method,
            endpoint=model.endpoint,
            bias=biases(model),
            tolerance=TOLERANCE,
        )


def _row(model: Model, posteriors: Any, told: _Told, entry: Entry, status: str) -> tuple[dict, str]:
    """One method's numbers, NaN with the reason where it has none."""
    count = len(model.decisions)
    empty: dict[str, Any] = {name: np.nan for name in (*MOMENTS, "ess_moment", "ess_elir")}
    empty |= {"outcome_probability": np.full((model.treated.n + 1, count), np.nan)}
    if entry.learns:
        return empty, NEEDS_CONTROLS
    if status:
        return empty, status
    try:
        control = robustified(told(entry.method), entry.robust)
    except (ValueError, ArithmeticError) as error:
        return empty, str(error)
    information = {"ess_moment": ess(control, "moment"), "ess_elir": ess(control)}
    chances = {"outcome_probability": _chances(model, posteriors, control)}
    return {**summary(control), **information, **chances}, ""


def _row_with_controls(
    model: Model, concurrent: Arm, entry: Entry, status: str
) -> tuple[dict, str]:
    """One method's numbers for every count of the controls."""
    n, count = int(concurrent.n), len(model.decisions)
    nothing = np.full(n + 1, np.nan)
    empty = {name: nothing for name in ("mean", "std", "realised_ess", "weight")}
    empty |= {"chance": np.full((n + 1, count), np.nan)}
    if status:
        return empty, status
    try:
        control, weight = posterior_and_weight(
            read(model),
            entry.method,
            concurrent,
            endpoint=model.endpoint,
            bias=biases(model),
            robust=entry.robust,
            tolerance=TOLERANCE,
        )
    except (ValueError, ArithmeticError) as error:
        return empty, str(error)
    treated = model.treated_prior.update(model.treated.successes, model.treated.n)
    moments = {"mean": control.mean(), "std": control.std()}
    borrowed = np.broadcast_to(realised_ess(control, n, "moment"), n + 1)
    chance = _chances(model, treated, control)
    return {**moments, "realised_ess": borrowed, "weight": weight, "chance": chance}, ""


def _chances(model: Model, treated: Any, control: Any) -> np.ndarray:
    """P(effect > margin) over a batch, criteria last."""
    margins = [decision.margin for decision in model.decisions]
    return np.stack([prob_greater(treated, control, m, model.scale) for m in margins], axis=-1)


def _conflict(model: Model, concurrent: Arm) -> dict[str, Any]:
    """How each count sits with history as declared, and which drift the check could see."""
    n = int(concurrent.n)
    if needs_controls(model.method):
        return {}
    parts = {"endpoint": model.endpoint, "bias": biases(model)}
    prior = control_prior(read(model), model.method, **parts)
    drift = smallest_detectable_drift(prior, n)
    return {
        "conflict": ("controls", box_p_value(prior, np.arange(n + 1), n)),
        "mid_p": ("controls", box_mid_p_value(prior, np.arange(n + 1), n)),
        "detectable_drift": ("side", np.array(drift)),
        "history_mean": float(prior.mean()),
    }


def _dataset(
    model: Model,
    entries: list[Entry],
    columns: dict[str, np.ndarray],
    status: list[str],
    controls: int | None = None,
) -> xr.Dataset:
    """The rows with names, titles and verdicts."""
    required = np.array([decision.probability for decision in model.decisions])
    over = "survivors" if controls is None else "controls"
    chance = columns.pop("outcome_probability", None)
    chance = columns.pop("chance") if chance is None else chance
    within = ("method",) if controls is None else ("method", over)
    data: dict[str, Any] = {name: (within, np.asarray(v, float)) for name, v in columns.items()}
    verdict = np.all(met(chance, required), axis=-1)
    if controls is None:
        seen = model.treated.successes
        data |= {
            "probability": (("method", "criterion"), chance[:, seen]),
            "met": ("method", verdict[:, seen]),
        }
        data |= {"outcome_probability": (("method", over, "criterion"), chance)}
        data |= {"outcome_met": (("method", over), verdict)}
    else:
        data |= {"probability": (("method", over, "criterion"), chance)}
        data |= {"met": (("method", over), verdict)}
    data["status"] = ("method", np.array(status, dtype=str))
    data["title"] = ("method", np.array([_title(entry) for entry in entries], dtype=str))
    last = model.treated.n if controls is None else controls
    coordinates = {
        "method": np.array([entry.name for entry in entries], dtype=str),
        over: np.arange(last + 1),
        "criterion": np.arange(1, len(required) + 1),
        "required": ("criterion", required),
    }
    attributes = {
        "model": model.name,
        "declared": method_name(model.method),
        "scale": model.scale,
        "treated": model.treated.label,
        "observed": int(model.treated.successes),
        "treated_n": int(model.treated.n),
    }
    return xr.Dataset(data, coords=coordinates, attrs=attributes)


def _title(entry: Entry) -> str:
    """What a method is called in tables."""
    return "" if entry.method is None else str(type(entry.method).title)
