"""The control rate: history through a method, bias, a vague part, then the trial's own controls.

The order is always adapt, tell, shift (bias), mix (vague part), update (concurrent controls);
another order gives other, wrong, answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

import numpy as np

from bayesips.borrowing import Adapted, Robust, method_name
from bayesips.borrowing.biases import Biases, total_shift
from bayesips.borrowing.method import PriorOf, before_controls, needs_controls
from bayesips.distributions.batches import stack
from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.convert import as_density
from bayesips.distributions.points import Points
from bayesips.endpoints import Binary, Endpoint
from bayesips.engine.engines import EXACT, Engine
from bayesips.engine.histories import Histories
from bayesips.errors import Refused
from bayesips.evidence.arm import Arm

# A vague part, its numbers by name, or its weight.
VaguePart = Robust | Mapping[str, Any] | float | None
# A vague component joins draws as this many equally likely quantiles.
VAGUE_POINTS = 4000
NEEDS_CONTROLS = (
    "{} needs controls: it learns from the current trial's own control arm how much to borrow; "
    "state them in [concurrent] (in Python: concurrent=, or control_posterior)"
)


@dataclass(frozen=True, eq=False)
class Updated:
    """The control rate after concurrent controls.

    Attributes
    ----------
    distribution : distribution
        Batch shape: that of the controls' counts.
    weight : array
        What the method learned from each count; NaN for a method that learns nothing.
    """

    distribution: Any
    weight: np.ndarray


@dataclass(frozen=True, eq=False)
class Borrowing:
    """Historical arms, and how they bear on a control rate.

    Parameters
    ----------
    arms : tuple of Arm
        As their endpoint reads them.
    method : borrowing method
    endpoint : Endpoint
        Default `Binary()`.
    bias : mapping or sequence
        Shifts of the log odds of survival, in any form of `borrowing.biases.named`.
    robust : Robust, optional
        The vague part.
    """

    arms: tuple[Arm, ...]
    method: Any
    endpoint: Endpoint = field(default_factory=Binary)
    bias: Biases = ()
    robust: Robust | None = None

    @property
    def learns(self) -> bool:
        """Whether how much is borrowed depends on the concurrent controls."""
        return needs_controls(self.method)

    def with_method(self, method: Any) -> Borrowing:
        """The arms, endpoint, bias and vague part with another method."""
        return replace(self, method=method)

    def before_controls(self) -> Borrowing:
        """With the method that an adaptive one starts from: history with nothing taken off."""
        return self.with_method(before_controls(self.method))

    def check_adapted(self) -> None:
        """Refuse a method that has yet to learn from concurrent controls."""
        if self.learns:
            refuse_without_controls(method_name(self.method))

    def unshifted(self, engine: Engine = EXACT) -> Any:
        """The control rate by history alone, before any bias."""
        self.check_adapted()
        return engine.solve(self.method, self.arms, self.endpoint)

    def history(self, engine: Engine = EXACT) -> Any:
        """The control rate by history and bias, before any vague part and any controls."""
        return total_shift(self.bias).applied(self.unshifted(engine))

    def prior(self, engine: Engine = EXACT) -> Any:
        """The control rate before the trial's own controls."""
        return robustified(self.history(engine), self.robust)

    def posterior(self, concurrent: Arm, histories: Histories | None = None) -> Updated:
        """The control rate after the trial's own controls, a count or an array of counts.

        `histories` solves what is needed, by its engine; without it the exact engine does.

        Raises
        ------
        Refused
            For controls that are no count at the landmark.
        NotSettled
            If the engine has no answer.
        """
        check_counted(concurrent, self.endpoint)
        histories = histories or Histories(self)
        if self.learns:
            return _after_learning(self, concurrent, histories)
        prior = robustified(histories(self.method), self.robust)
        found = prior.update(concurrent.successes, concurrent.n)
        return Updated(found, np.full(concurrent.batch_shape, np.nan))

    def adapted(self, concurrent: Arm, histories: PriorOf | None = None) -> Adapted:
        """What the method becomes after one count of concurrent controls.

        A method that needs no controls stays itself, with weight NaN. `histories` gives the rate
        by history and bias through a method; without it the exact engine does.
        """
        check_counted(concurrent, self.endpoint)
        if not self.learns:
            return Adapted(self.method, self.robust, float("nan"))
        prior_of = histories or Histories(self)
        change: Adapted = self.method.adapt(self.arms, concurrent, prior_of)
        return change if change.robust is not None else replace(change, robust=self.robust)


def _after_learning(borrowing: Borrowing, concurrent: Arm, histories: Histories) -> Updated:
    """The posterior of every count: a method and a vague part each, all counts in one batch."""
    exact = histories if histories.engine.is_exact else Histories(borrowing)
    counts = _single_counts(concurrent)
    changes = [borrowing.adapted(count, exact) for count in counts]
    weight = np.reshape([float(change.weight) for change in changes], concurrent.batch_shape)
    if concurrent.batch_shape == ():
        prior = robustified(histories(changes[0].method), changes[0].robust)
        return Updated(prior.update(concurrent.successes, concurrent.n), weight)
    priors = robustified(_batch([histories(change.method) for change in changes]), _vague(changes))
    successes, n = (np.array([getattr(c, name) for c in counts]) for name in ("successes", "n"))
    return Updated(priors.update(successes, n), weight)


def _single_counts(concurrent: Arm) -> list[Arm]:
    """Every count of a batch of concurrent controls, in order."""
    successes, n = np.broadcast_arrays(concurrent.successes, concurrent.n)
    return [
        Arm(concurrent.label, int(r), int(size))
        for r, size in zip(successes.ravel(), n.ravel(), strict=True)
    ]


def _vague(changes: Sequence[Adapted]) -> Robust | None:
    """The vague parts of all counts as one, arrays over the counts; None where there are none."""
    if all(change.robust is None for change in changes):
        return None
    parts = [change.robust or Robust(0.0) for change in changes]
    numbers = ([getattr(part, name) for part in parts] for name in ("weight", "mean", "n"))
    return Robust(*map(np.array, numbers))


def _batch(histories: Sequence[Any]) -> Any:
    """Single distributions as one batch; those that are one object are converted once."""
    distinct = list({id(each): each for each in histories}.values())
    place = {id(each): number for number, each in enumerate(distinct)}
    return _stacked(distinct)[np.array([place[id(each)] for each in histories])]


def _stacked(parts: Sequence[Any]) -> Any:
    """Distributions along a first batch axis."""
    if any(isinstance(part, Points) for part in parts):
        raise Refused("draws of several outcomes cannot be stacked; ask for one outcome")
    mixtures = all(isinstance(part, BetaMixture) for part in parts)
    if mixtures and len({part.weights.shape[-1] for part in parts}) == 1:
        fields = zip(*((p.weights, p.a, p.b) for p in parts), strict=True)
        return BetaMixture(*(np.stack(each) for each in fields))
    link = next((part.link for part in parts if not isinstance(part, BetaMixture)), None)
    dense = [as_density(part, link) if link else as_density(part) for part in parts]
    return stack([part[None] for part in dense])


def refuse_without_controls(name: str) -> NoReturn:
    """Refuse a method that learns from concurrent controls where there are none."""
    raise Refused(NEEDS_CONTROLS.format(name))


def check_counted(concurrent: Arm, endpoint: Endpoint) -> None:
    """Refuse controls that are more, or less, than a count at the day asked about."""
    day = getattr(endpoint, "day", concurrent.day)
    if isinstance(concurrent, Arm) and concurrent.day in (None, day):
        if concurrent.relation == "=" and not concurrent.observations:
            return
    asked = "" if day is None else f" (day {day})"
    raise Refused(
        f"{concurrent.label}: concurrent controls are a count at the landmark{asked}, without "
        "other days, bounds or times; give other rows as an arm of history"
    )


def as_robust(robust: VaguePart) -> Robust | None:
    """A vague part from itself, a mapping or its weight."""
    if robust is None or isinstance(robust, Robust):
        return robust
    return Robust(**robust) if isinstance(robust, Mapping) else Robust(robust)


def vague_rate(robust: Robust) -> BetaMixture:
    """The vague component alone, one for each cell of its numbers."""
    mean, n = np.asarray(robust.mean, dtype=float), np.asarray(robust.n, dtype=float)
    a, b = np.broadcast_arrays(mean * (n + 1), (1 - mean) * (n + 1))
    return BetaMixture(np.ones((*a.shape, 1)), a[..., None], b[..., None])


def robustified(distribution: Any, robust: VaguePart) -> Any:
    """The distribution mixed with a vague component; as it is without one.

    Parameters
    ----------
    distribution : BetaMixture, Density or Points
    robust : Robust, mapping or number, optional
        A number is the vague part's weight.
    """
    robust = as_robust(robust)
    if robust is None:
        return distribution
    vague = vague_rate(robust)
    if isinstance(distribution, Points):
        return distribution.mix(Points.of_mixture(vague, VAGUE_POINTS), robust.weight)
    return distribution.mix(vague, robust.weight)
