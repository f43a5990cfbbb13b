"""The trial's own controls held against history, and which drift that check could have seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bayesips.borrowing import method_name
from bayesips.declare.model import Model
from bayesips.distributions.conflict import (
    box_mid_p_value,
    box_p_value,
    conflict_power,
    smallest_detectable_drift,
)


@dataclass(frozen=True, eq=False)
class ConflictOfControls:
    """How counts of concurrent controls sit with history.

    Attributes
    ----------
    tail, mid_p : array
        Box's p, which for one count is the second stage of Evans and Moshonov's check; and with
        equally unlikely counts and the count itself taken half.
    detectable_drift : array, shape (2,)
        Nearest drifts of the rate, down and up, noticed with power 80 %; NaN where there is none.
    power : float
        Probability that the check notices a rate of controls as far from history's mean as the
        reported one; NaN of several counts.
    history_mean : float
    history : str
        Which history is meant, in words.
    """

    tail: np.ndarray
    mid_p: np.ndarray
    detectable_drift: np.ndarray
    power: float
    history_mean: float
    history: str


def conflict_of_controls(model: Model, successes: ArrayLike, n: int) -> ConflictOfControls:
    """Counts of concurrent controls against history as the declared method reads it.

    History stands without its vague part, and with nothing taken off by an adaptive method.

    Raises
    ------
    NotSettled
        If the exact engine has no answer.
    """
    before = model.borrowing.before_controls()
    prior = before.history()
    single = np.ndim(successes) == 0
    power = float(conflict_power(prior, n, np.asarray(successes) / n)) if single else np.nan
    return ConflictOfControls(
        np.asarray(box_p_value(prior, successes, n)),
        np.asarray(box_mid_p_value(prior, successes, n)),
        np.array(smallest_detectable_drift(prior, n)),
        power,
        float(prior.mean()),
        _in_words(model, method_name(before.method)),
    )


def _in_words(model: Model, method: str) -> str:
    """Which history the counts are held against."""
    words = f"what {method} makes of the historical arms"
    if model.borrowing.learns:
        words += f", from which the declared {method_name(model.method)} starts"
    if model.bias:
        words += ", the declared bias included"
    return words if model.robust is None else f"{words}, without the vague part"
