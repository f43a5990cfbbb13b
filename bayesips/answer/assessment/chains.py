"""What a run of NUTS says of the control rate, with its Monte Carlo error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayesips.declare.model import Model
from bayesips.distributions import draw_groups
from bayesips.distributions.points import Points

if TYPE_CHECKING:
    import xarray as xr

# What `pymc_model` calls the control rate, before and after bias, with vague part and controls.
HISTORY, BIASED, CONTROL = "control", "control_biased", "control_rate"
# The probability that history, not the vague part, gave the trial's own controls.
OF_HISTORY = "weight_of_history"


@dataclass(frozen=True, eq=False)
class Drawn:
    """Draws of a control rate.

    Attributes
    ----------
    rates, weight : array, shape (chains, draws)
        Draws, and how much each counts.
    share : float
        Probability of the part that was drawn; the rest of the control is known exactly.
    """

    rates: np.ndarray
    weight: np.ndarray
    share: float = 1.0

    def points(self) -> Points:
        """The draws as a distribution."""
        if np.ptp(self.weight) == 0:
            return Points.of_chains(self.rates)
        groups = draw_groups.of_chains(*self.rates.shape)
        return Points(self.rates.ravel(), self.weight.ravel(), groups)

    def error(self, function: Callable[[np.ndarray], np.ndarray]) -> float:
        """Monte Carlo standard error of the mean of a function of the rate.

        Of weighted draws, that of a ratio of means, to first order.
        """
        import arviz as az

        values, weight = function(self.rates), self.weight / self.weight.mean()
        if np.ptp(values) == 0:
            return 0.0
        if np.ptp(weight) == 0:
            return self.share * float(az.mcse(values))
        return self.share * float(az.mcse(weight * (values - (weight * values).mean())))


def drawn_history(chains: xr.DataTree, model: Model) -> Drawn:
    """The rate by history and bias, after the trial's own controls, without the vague part.

    Where history and a vague part both could have given the controls, each draw counts by the
    probability that history gave them: that is at most 1, so that few draws are enough.
    """
    posterior = chains["posterior"]
    rates = np.clip(posterior[BIASED if BIASED in posterior else HISTORY].to_numpy(), 0.0, 1.0)
    weight = np.ones(rates.shape)
    if OF_HISTORY in posterior:
        weight = posterior[OF_HISTORY].to_numpy()
    share = 1.0 if model.robust is None else 1 - float(model.robust.weight)
    return Drawn(rates, weight, share)


def drawn_control(chains: xr.DataTree, model: Model) -> Drawn:
    """The rate that the treated are held against, as far as it is drawn."""
    if model.concurrent is None:
        return drawn_history(chains, model)
    rates = np.clip(chains["posterior"][CONTROL].to_numpy(), 0.0, 1.0)
    return Drawn(rates, np.ones(rates.shape))
