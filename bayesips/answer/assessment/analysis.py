"""One model analysed by one engine: the posterior of the control, the treated, and their effect."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesips.answer.assessment.landmark_reading import LandmarkReading
from bayesips.answer.assessment.pymc import pymc_model
from bayesips.borrowing.biases import total_shift
from bayesips.declare.model import Model
from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.effects.effect import Effect
from bayesips.distributions.points import Points
from bayesips.engine.control_rate import robustified
from bayesips.engine.engines import Engine
from bayesips.evidence.arm import Arm

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True, eq=False)
class Analysis:
    """What a model says about both rates.

    Attributes
    ----------
    model : Model
    engine : Engine
    history : distribution
        The control rate as history and bias have it, without the vague part.
    control : distribution
        The control rate with the vague part: what the treated are held against.
    chains : DataTree or None
        The run of "nuts".
    """

    model: Model
    engine: Engine
    history: Any
    control: Any
    chains: xr.DataTree | None = None

    @property
    def arms(self) -> tuple[Arm, ...]:
        """History as the endpoint reads it."""
        return self.model.arms

    @property
    def treated(self) -> BetaMixture:
        """Posterior of the treated rate; the control does not enter."""
        return self.model.treated_posterior

    @cached_property
    def effect(self) -> Effect:
        """Effect of the treated over the control."""
        return self.model.effect(self.control)

    @property
    def without_vague(self) -> Analysis:
        """The analysis by history alone, without the vague part."""
        return replace(self, control=self.history, model=replace(self.model, robust=None))

    @cached_property
    def landmark(self) -> LandmarkReading | None:
        """The joint of rates and shape in time; None where counts belong to one day."""
        if self.is_binary:
            return None
        return LandmarkReading(self.model, self.arms, self.chains)

    @property
    def is_binary(self) -> bool:
        """Whether rows are read as counts at the landmark day."""
        return not self.model.endpoint.in_time


def analyse(model: Model, engine: Engine) -> Analysis:
    """Answer a model's question by one engine.

    Raises
    ------
    Refused
        If the method needs controls that a single-arm model has not.
    NotSettled
        If the exact engine has not settled.
    """
    if not engine.is_exact and not model.borrowing.learns:
        return _sampled(model, engine)
    history = model.borrowing.history(engine)
    return Analysis(model, engine, history, robustified(history, model.robust))


def _sampled(model: Model, engine: Engine) -> Analysis:
    """The analysis by NUTS; the exact part of it (treated rate, vague part) stays exact."""
    from bayesips.engine import nuts

    chains = nuts.sample(
        pymc_model(model), seed=engine.seed, progress=engine.progress, **engine.sampler
    )
    rates = np.clip(chains["posterior"]["control"].to_numpy(), 0.0, 1.0)
    history = total_shift(model.bias).applied(Points.of_chains(rates))
    return Analysis(model, engine, history, robustified(history, model.robust), chains)
