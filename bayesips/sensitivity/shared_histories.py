"""Many cells from solved histories: bias, vague part, and the quantities reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from bayesips.borrowing import biases
from bayesips.declare.model import Model
from bayesips.distributions import BetaMixture
from bayesips.distributions.any_distribution import Distribution
from bayesips.distributions.effects import prob_greater, prob_greater_error
from bayesips.evidence.arm import Arm

if TYPE_CHECKING:
    from bayesips.sensitivity.cells import Cells

QUANTILES = (0.025, 0.25, 0.5, 0.75, 0.975)
total_shift = cache(biases.total_shift)


@dataclass(frozen=True, eq=False)
class SharedHistories:
    """Cells that share bias, vague part and controls: cell i has the history `histories[back[i]]`.

    History and vague part stand after the trial's own controls; `shift_of_weight` (one for each
    history) is what these added to the log odds of the vague part.
    """

    histories: Distribution
    vague: BetaMixture | None
    back: np.ndarray
    models: list[Model]
    shift_of_weight: np.ndarray | float = 0.0

    @classmethod
    def of(cls, unshifted: Distribution, back: np.ndarray, models: list[Model]) -> SharedHistories:
        """From histories before the bias that all the models declare."""
        first = models[0]
        histories, robust = total_shift(first.bias).applied(unshifted), first.robust
        vague = None if robust is None else BetaMixture.from_mean_n(robust.mean, robust.n + 1)
        own = first.concurrent
        if own is None:
            return cls(histories, vague, back, models)
        after = histories.update(own.successes, own.n)
        if vague is None:
            return cls(after, None, back, models)
        of_vague, of_history = (_log_predictive(each, own) for each in (vague, histories))
        vague = vague.update(own.successes, own.n)
        return cls(after, vague, back, models, of_vague - of_history)

    @property
    def weights(self) -> np.ndarray:
        """Weight of the vague part in each cell, after the trial's own controls."""
        weights = np.array([m.robust.weight if m.robust else 0.0 for m in self.models], dtype=float)
        if np.ndim(self.shift_of_weight) == 0:
            return weights
        shift = np.asarray(self.shift_of_weight)[self.back]
        return np.asarray(special.expit(special.logit(weights) + shift))

    def describe(self, cells: Cells, places: np.ndarray) -> None:
        """Mean, sd and quantiles of the control, once for equal controls."""
        pairs = np.stack([self.back.astype(float), self.weights], axis=1)
        pairs, back = np.unique(pairs, axis=0, return_inverse=True)
        rate = self.histories[pairs[:, 0].astype(int)]
        if self.vague is not None:
            rate = rate.mix(self.vague, pairs[:, 1])
        cells.control_mean[places] = np.asarray(rate.mean())[back]
        cells.control_sd[places] = np.asarray(rate.std())[back]
        cells.control_quantile[places] = rate.ppf(np.array(QUANTILES)[:, None]).T[back]

    def decide(self, cells: Cells, places: np.ndarray) -> None:
        """Probabilities and their errors, once for each pair of treated posterior and history."""
        groups: dict[Any, list[int]] = {}
        for number, model in enumerate(self.models):
            key = (model.scale, *(d.margin for d in model.decisions), model.treated_prior.a.shape)
            groups.setdefault(key, []).append(number)
        for numbers in groups.values():
            inside, model = np.array(numbers), self.models[numbers[0]]
            treated, which = _treated([self.models[number] for number in numbers])
            cells.treated_mean[places[inside]] = treated.mean()[which]
            for number, decision in enumerate(model.decisions):
                question = (treated, which, decision.margin, model.scale)
                found, error = self.probability(*question, inside)
                cells.probability[places[inside], number] = decision.probability_held(found)
                cells.error[places[inside], number] = error

    def probability(
        self, treated: BetaMixture, which: np.ndarray, margin: float, scale: str, inside: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """P(effect > margin) and its error in some cells, linear in the parts of the control.

        Cell `inside[i]` has the treated posterior `treated[which[i]]`.
        """
        rows, back = np.unique(self.back[inside], return_inverse=True)
        histories, weight = self.histories[rows], self.weights[inside]
        found, error = (
            _every_pair(function, treated, histories, margin, scale)[which, back]
            for function in (prob_greater, prob_greater_error)
        )
        error = error + getattr(histories, "error", 0.0)
        if self.vague is None:
            return found, error
        vague = prob_greater(treated, self.vague, margin, scale)[which]
        unsure = prob_greater_error(treated, self.vague, margin, scale)[which]
        return (1 - weight) * found + weight * vague, (1 - weight) * error + weight * unsure


def _log_predictive(rate: Distribution, own: Arm) -> np.ndarray:
    """Log probability of the trial's own controls."""
    return np.asarray(rate.predictive(own.n).logpmf(own.successes))


def treated_key(model: Model) -> tuple[Any, ...]:
    """Equal for equal posteriors of the treated rate."""
    prior, arm = model.treated_prior, model.treated
    shapes = (prior.weights.tobytes(), prior.a.tobytes(), prior.b.tobytes())
    return (arm.successes, arm.n, *shapes)


def _treated(models: list[Model]) -> tuple[BetaMixture, np.ndarray]:
    """Distinct treated posteriors as a batch, and which of them each cell has."""
    keys = [treated_key(model) for model in models]
    first = {key: place for place, key in reversed(list(enumerate(keys)))}
    number = {key: place for place, key in enumerate(first)}
    parts = [models[place].treated_posterior for place in first.values()]
    fields = ([getattr(part, name) for part in parts] for name in ("weights", "a", "b"))
    return BetaMixture(*(np.stack(field) for field in fields)), np.array([number[k] for k in keys])


def _every_pair(
    function: Callable[..., NDArray],
    treated: BetaMixture,
    histories: Distribution,
    margin: float,
    scale: str,
) -> np.ndarray:
    """A function of every treated posterior with every history, by the shorter loop."""
    (many,), (rows,) = treated.batch_shape, histories.batch_shape
    if many <= rows:
        return np.stack([function(treated[i], histories, margin, scale) for i in range(many)])
    return np.stack([function(treated, histories[i], margin, scale) for i in range(rows)], axis=1)
