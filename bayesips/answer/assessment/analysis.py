"""One model analysed by one engine: the posterior of the control, the treated, and their effect."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bayesips.answer.assessment.chains import HISTORY, Drawn, drawn_control, drawn_history
from bayesips.answer.assessment.landmark_reading import LandmarkReading
from bayesips.answer.assessment.pymc import pymc_model
from bayesips.borrowing.biases import total_shift
from bayesips.declare.model import Model
from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.effects.effect import Effect
from bayesips.distributions.points import Points
from bayesips.engine.control_rate import robustified
from bayesips.engine.engines import EXACT, Engine
from bayesips.errors import NotSettled
from bayesips.evidence.arm import Arm

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True, eq=False)
class Analysis:
    """What a model says about both rates.

    Attributes
    ----------
    model : Model
        As declared.
    engine : Engine
    history : distribution
        The control rate as history, bias and the trial's own controls have it, without the vague
        part.
    control : distribution
        The control rate with the vague part: what the treated are held against.
    chains : DataTree or None
        The run of "nuts".
    before : distribution or None
        The control rate before the trial's own controls; None where no engine gives it.
    """

    model: Model
    engine: Engine
    history: Any
    control: Any
    chains: xr.DataTree | None = None
    before: Any = None

    @property
    def in_use(self) -> Model:
        """The model with the method and vague part that an adaptive method became."""
        return self.model.in_use

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

    @property
    def drawn(self) -> Drawn | None:
        """Draws of the control rate; None where it was not drawn."""
        if self.chains is None:
            return None
        of = drawn_control if self.in_use.robust is not None else drawn_history
        return of(self.chains, self.in_use)

    @property
    def chains_of_history(self) -> xr.DataTree | None:
        """Chains that know history alone; None where the trial's own controls take part too."""
        return self.chains if self.model.concurrent is None else None

    @cached_property
    def landmark(self) -> LandmarkReading | None:
        """The joint of rates and shape in time; None where counts belong to one day."""
        if self.is_binary:
            return None
        reading = LandmarkReading(self.in_use, self.arms, self.chains)
        return reading if self.model.concurrent is None else reading.exact or reading

    @property
    def is_binary(self) -> bool:
        """Whether rows are read as counts at the landmark day."""
        return not self.model.endpoint.in_time


def analyse(model: Model, engine: Engine) -> Analysis:
    """Answer a model's question by one engine.

    Raises
    ------
    Refused
        If the method needs controls and the model has none.
    NotSettled
        If the exact engine has not settled.
    """
    used = model.in_use
    used.borrowing.check_adapted()
    if not engine.is_exact:
        return _sampled(model, engine)
    history = used.borrowing.history(engine)
    before = robustified(history, used.robust)
    after = model.after_controls
    return Analysis(model, engine, after(history), after(before), before=before)


def _sampled(model: Model, engine: Engine) -> Analysis:
    """The analysis by NUTS; the exact part of it (treated rate, vague part) stays exact."""
    from bayesips.engine import nuts

    used = model.in_use
    chains = nuts.sample(
        pymc_model(model), seed=engine.seed, progress=engine.progress, **engine.sampler
    )
    if model.concurrent is not None:
        drawn, control = drawn_history(chains, used), drawn_control(chains, used).points()
        return Analysis(model, engine, drawn.points(), control, chains, _before(used))
    shift = total_shift(model.bias)
    rates = chains["posterior"][HISTORY].to_numpy().clip(0.0, 1.0)
    history = shift.applied(Points.of_chains(rates))
    control = robustified(history, model.robust)
    return Analysis(model, engine, history, control, chains, control)


def _before(model: Model) -> Any:
    """The control before the trial's own controls, by the exact engine; None without its answer."""
    try:
        return model.borrowing.prior(EXACT)
    except NotSettled:
        return None
