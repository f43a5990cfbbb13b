"""Tipping points: how far each knob must be turned until the answer flips.

Best N et al. (2021), Pharm Stat 20:551-62, doi:10.1002/pst.2093, turn one knob, the weight.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import optimize

from bayesips.declare.model import Model
from bayesips.distributions.exact_binomial import clopper_pearson
from bayesips.distributions.rule import excess
from bayesips.errors import Refused
from bayesips.sensitivity.axes import setter
from bayesips.sensitivity.cells import answer_cells
from bayesips.sensitivity.knobs import Knob, knob
from bayesips.sensitivity.multiverse import silent
from bayesips.sensitivity.shared_histories import SharedHistories
from bayesips.sensitivity.solutions import Solutions

# Values at which a knob is tried before a flip is looked for between them.
SCAN = 31
# Roots are found to this part of the value.
SETTLED = 1e-9
# A probability this far from what is required is on that side, however roughly it was solved.
CLEAR = 1e-3


def tipping_point(
    model: Model, name: str, bounds: tuple[float, float] | None = None
) -> float | int | None:
    """Value of one knob at which the first decision changes.

    Parameters
    ----------
    model : Model
    name : str
        An axis of `vary` that is one number: ``control.robust.weight .mean .n``,
        ``control.discount``, ``control.rate``, ``control.tau.scale``, ``control.mu.mean .sd``,
        ``control.known_rate`` (a known rate in place of history), ``bias.<name>.mean``,
        ``treated.successes``, ``treated.prior.n .mean``, ``concurrent.successes .n`` (the trial's
        own controls), ``decision.margin``,
        ``decision.probability``.
    bounds : (low, high), optional
        Range in which it is turned; every natural knob has one.

    Returns
    -------
    float, int or None
        The flip nearest to the present value; None if it does not flip.
    """
    turned = knob(model, name, bounds)
    found = flips(model, turned, Solutions())
    if not found:
        return None
    now = turned.present if np.isfinite(turned.present) else (turned.low + turned.high) / 2
    turned = replace(turned, present=now)
    return min(found, key=turned.share)


def flips(model: Model, turned: Knob, solutions: Solutions | None = None) -> list[Any]:
    """Every value at which the first decision changes, in order; whole numbers: those beyond."""
    curve = Curve(model, turned.name, solutions or Solutions())
    values = turned.values(SCAN)
    gaps = curve.signs(values)
    if turned.way == "whole":
        now = int(turned.present)
        return [int(values[edge + (values[edge] >= now)]) for edge in _edges(gaps)]
    return crossings(curve, values, gaps)


def crossings(curve: Callable[[float], float], values: np.ndarray, at: np.ndarray) -> list[float]:
    """Every root of a curve that lies between two `values`, where it takes the values `at`."""
    return [
        float(optimize.brentq(curve, values[edge], values[edge + 1], xtol=1e-12, rtol=SETTLED))
        for edge in _edges(at)
    ]


def _edges(gaps: np.ndarray) -> np.ndarray:
    """Places after which the sign changes; NaN is no sign."""
    known, holds = np.isfinite(gaps), gaps > 0
    return np.flatnonzero(known[1:] & known[:-1] & (holds[1:] ^ holds[:-1]))


def scanned(model: Model, turned: Knob, count: int = SCAN) -> tuple[np.ndarray, np.ndarray]:
    """Values of a knob, and by how much the first decision is met there (NaN: no answer)."""
    values, solutions = turned.values(count), Solutions()
    return values, Curve(model, turned.name, solutions).at(values, solutions)


@dataclass(frozen=True, eq=False)
class Curve:
    """By how much the first decision is met, as a function of one knob; histories solved once."""

    model: Model
    name: str
    solutions: Solutions

    def __call__(self, value: float) -> float:
        """Probability less what is required.

        Raises
        ------
        NotSettled
            If the engine does not answer here.
        """
        model = self.solutions.in_use(setter(self.model, self.name)(self.model, float(value)))
        own = np.zeros(1, dtype=int)
        shared = SharedHistories.of(self.solutions.history(model), own, [model])
        treated, first = model.treated_posterior[None], model.decisions[0]
        found, _ = shared.probability(treated, own, first.margin, model.scale, own)
        return float(first.excess(found[0]))

    def at(self, values: np.ndarray, solutions: Solutions) -> np.ndarray:
        """The curve at many values at once (NaN: no answer), solved as `solutions` does."""
        models = [self._turned(value.item()) for value in values]
        cells = answer_cells(models, len(self.model.decisions), silent, solutions)
        return excess(cells.probability[:, 0], cells.required[:, 0])

    def _turned(self, value: float) -> Model | str:
        """The model with the knob turned, or the reason why it cannot have that value."""
        try:
            return setter(self.model, self.name)(self.model, value)
        except Refused as error:
            return str(error)

    def signs(self, values: np.ndarray) -> np.ndarray:
        """The curve roughly, but closely where it is near 0 and on both sides of a flip."""
        found = self.at(values, self.solutions.roughly)
        beside = np.abs(found) < CLEAR
        edges = _edges(found)
        beside[edges] = beside[edges + 1] = True
        if beside.any():
            found[beside] = self.at(values[beside], self.solutions)
        return found


def exact_tipping_rate(model: Model) -> float:
    """Known control rate at which the exact one-sided test stops rejecting (no prior at all).

    The level is one less the first decision's probability; the rate is the lower Clopper-Pearson
    limit, or the upper one where lower is better.
    """
    level = 2 * model.decisions[0].probability - 1
    low, high = clopper_pearson(model.treated.successes, model.treated.n, level)
    return float(low if model.outcome.more_is_better else high)
