"""The answer of one model: history as it is read, the control, the treated, and the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from bayesips.answer import control as borrowed
from bayesips.answer.assessment.landmark_reading import LandmarkReading
from bayesips.answer.control import ENGINES, control_prior
from bayesips.borrowing import Method, as_method
from bayesips.declare.model import Model
from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.points import Points
from bayesips.endpoints import Binary
from bayesips.errors import Refused, listed, near_miss
from bayesips.evidence.arm import Arm
from bayesips.evidence.selection import binary_reading

LARGEST_SEED = 2**32 - 1


@dataclass(frozen=True)
class Engine:
    """Which engine answers, with what seed and settings.

    Attributes
    ----------
    name : {"exact", "nuts"}
    seed : int
        Of the draws: all numbers of "nuts", only the draws kept for plots of "exact".
    progress : callable, optional
        See `bayesips.engine.nuts.sample`.
    sampler : mapping
        Further settings of `bayesips.engine.nuts.sample`.

    Raises
    ------
    Refused
        For an unknown engine or an impossible seed.
    """

    name: str = "exact"
    seed: int = 1
    progress: Callable[[int, int, int], None] | None = None
    sampler: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.name not in ENGINES:
            near = near_miss(str(self.name), ENGINES)
            raise Refused(f"unknown engine {self.name!r}{near}; allowed are {listed(ENGINES)}")
        whole = isinstance(self.seed, int | np.integer) and not isinstance(self.seed, bool)
        if not whole or not 0 <= self.seed <= LARGEST_SEED:
            raise Refused(
                f"seed is {self.seed!r}; a whole number from 0 to {LARGEST_SEED} is required"
            )


@dataclass(frozen=True, eq=False)
class Answer:
    """What a model says about both rates.

    Attributes
    ----------
    model : Model
    engine : Engine
    arms : tuple of Arm
        History as the endpoint reads it.
    history : distribution
        The control rate as history and bias have it, without the robust part.
    control : distribution
        The same with the robust part: what the treated are held against.
    chains : DataTree or None
        The run of "nuts".
    """

    model: Model
    engine: Engine
    arms: tuple[Arm, ...]
    history: Any
    control: Any
    chains: xr.DataTree | None = None

    @cached_property
    def treated(self) -> BetaMixture:
        """Posterior of the treated rate; the control does not enter."""
        arm = self.model.treated
        return self.model.treated_prior.update(arm.successes, arm.n)

    @cached_property
    def outcomes(self) -> BetaMixture:
        """Posterior of the treated rate for every number of survivors, 0 to n."""
        n = self.model.treated.n
        return self.model.treated_prior.update(np.arange(n + 1), n)

    @property
    def margins(self) -> np.ndarray:
        """Margins of the decisions."""
        return np.array([decision.margin for decision in self.model.decisions], dtype=float)

    @property
    def required(self) -> np.ndarray:
        """Probabilities the decisions require."""
        return np.array([decision.probability for decision in self.model.decisions], dtype=float)

    @cached_property
    def landmark(self) -> LandmarkReading | None:
        """The joint of rates and shape in time; None where counts belong to one day."""
        if self.is_binary:
            return None
        return LandmarkReading(self.model, self.arms, self.chains, int(self.engine.seed))

    @property
    def is_binary(self) -> bool:
        """Whether rows are read as counts at the landmark day."""
        return isinstance(self.model.endpoint, Binary)


def answer(model: Model, engine: Engine) -> Answer:
    """The model answered.

    Raises
    ------
    Refused
        If the method needs controls that a single-arm model has not.
    NotSettled
        If the exact engine has not settled.
    """
    arms = read(model)
    if engine.name == "nuts":
        return _sampled(model, engine, arms)
    history = control_prior(
        arms, model.method, endpoint=model.endpoint, bias=biases(model), engine="exact"
    )
    return Answer(model, engine, arms, history, robustified(history, model))


def read(model: Model) -> tuple[Arm, ...]:
    """History as the endpoint reads it: counts at the landmark day, or rows as they are."""
    if isinstance(model.endpoint, Binary):
        return binary_reading(model.history, model.landmark_day)
    return model.history


def biases(model: Model) -> dict[str, tuple[float, float]]:
    """Named shifts of the control."""
    return {bias.name: (bias.mean, bias.sd) for bias in model.bias}


def robustified(history: Any, model: Model) -> Any:
    """The control's distribution with the model's vague part mixed in."""
    return borrowed.robustified(history, model.robust)


def told(model: Model, arms: tuple[Arm, ...]) -> Any:
    """The control's distribution, by the exact engine, from other arms than the model's."""
    return control_prior(
        arms,
        model.method,
        endpoint=model.endpoint,
        bias=biases(model),
        robust=model.robust,
        engine="exact",
    )


def _sampled(model: Model, engine: Engine, arms: tuple[Arm, ...]) -> Answer:
    """The answer by NUTS; the exact part of it (treated rate, vague part) stays exact."""
    from bayesips.answer.assessment.pymc import pymc_model
    from bayesips.engine import nuts

    method: Method = as_method(model.method)
    if borrowed.needs_controls(method):
        control_prior(arms, method)  # refuses and says why
    chains = nuts.sample(
        pymc_model(model), seed=engine.seed, progress=engine.progress, **engine.sampler
    )
    rates = np.clip(chains["posterior"]["control"].to_numpy(), 0.0, 1.0)
    history = borrowed.shifted(Points.of_chains(rates), biases(model))
    return Answer(model, engine, arms, history, robustified(history, model), chains)
