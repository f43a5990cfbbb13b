"""A trial with looks: what stops it early, and the exact design that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesips.designs.analyses import Analysis
from bayesips.designs.rule import Rule
from bayesips.designs.sequential import SequentialDesign, as_looks
from bayesips.distributions.any_distribution import Distribution
from bayesips.distributions.rule import exceeds
from bayesips.errors import Refused


@dataclass(frozen=True)
class Posterior:
    """Stop where a rule is met by the posterior at the look."""

    rule: Rule

    def outcomes(
        self, analysis: Analysis, patients: tuple[int, ...], last: tuple[int, ...], final: Rule
    ) -> NDArray:
        """Outcomes at which it stops the trial."""
        return analysis.decisions(patients, self.rule)

    def formula(self, quantity: str) -> str:
        """What must hold, as a formula."""
        return self.rule.formula(quantity)


@dataclass(frozen=True)
class PredictiveAbove:
    """Stop where the predictive probability of final success exceeds `probability`."""

    probability: float

    def outcomes(
        self, analysis: Analysis, patients: tuple[int, ...], last: tuple[int, ...], final: Rule
    ) -> NDArray:
        """Outcomes at which it stops the trial; a tie does not."""
        return exceeds(analysis.predictive(patients, last, final), self.probability)

    def formula(self, _quantity: str) -> str:
        """What must hold, as a formula."""
        return f"P(success at the end | data) > {self.probability:g}"


@dataclass(frozen=True)
class PredictiveBelow:
    """Stop where the predictive probability of final success is less than `probability`."""

    probability: float

    def outcomes(
        self, analysis: Analysis, patients: tuple[int, ...], last: tuple[int, ...], final: Rule
    ) -> NDArray:
        """Outcomes at which it stops the trial; a tie does not."""
        return exceeds(self.probability, analysis.predictive(patients, last, final))

    def formula(self, _quantity: str) -> str:
        """What must hold, as a formula."""
        return f"P(success at the end | data) < {self.probability:g}"


Stop = Posterior | PredictiveAbove | PredictiveBelow


@dataclass(frozen=True, eq=False)
class MonitoredDesign:
    """A trial as it is analysed: priors, looks, what stops it early, and success at the end.

    Parameters
    ----------
    analysis : OneArm, AgainstHistory or TwoArms
        Priors, and what the rule is about.
    looks : sequence of int or of (int, int)
        Patients at each look, the last one the end of the trial.
    rule : Rule
        Success at the last look.
    efficacy, futility : stopping rule, or one per interim look, optional
        None: no stopping of that kind.
    """

    analysis: Analysis
    looks: tuple[tuple[int, ...], ...]
    rule: Rule
    efficacy: Stop | Sequence[Stop | None] | None = None
    futility: Stop | Sequence[Stop | None] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "looks", as_looks(self.looks))

    @cached_property
    def sequential(self) -> SequentialDesign:
        """Its stopping sets and exact operating characteristics."""
        last = self.analysis.decisions(self.looks[-1], self.rule)
        success = [*self._early(self.efficacy), last]
        failure = [*self._early(self.futility), ~last]
        return SequentialDesign(self.looks, success, failure)

    def _early(self, stop: Stop | Sequence[Stop | None] | None) -> list[NDArray]:
        """Outcomes of the interim looks that stop the trial."""
        interim = self.looks[:-1]
        listed = list(stop) if isinstance(stop, Sequence) else [stop] * len(interim)
        if len(listed) != len(interim):
            raise Refused(f"{len(listed)} stopping rules for {len(interim)} interim looks")
        return [
            np.zeros([n + 1 for n in patients], dtype=bool)
            if each is None
            else each.outcomes(self.analysis, patients, self.looks[-1], self.rule)
            for patients, each in zip(interim, listed, strict=True)
        ]

    @property
    def above(self) -> list[NDArray]:
        """P(quantity > threshold) of each criterion for every outcome of the last look."""
        return self.analysis.above(self.looks[-1], self.rule)

    @property
    def success_table(self) -> NDArray:
        """P(success is claimed | outcome of the last look, had everyone been treated)."""
        return self.sequential.success_table

    def power(self, *rates: ArrayLike) -> NDArray:
        """P(success is claimed at any look) at true rates: one array per arm, broadcast."""
        return self.sequential.power(*rates)

    def assurance(self, *distributions: Distribution) -> float:
        """Expected power over independent design priors of the true rates, one per arm."""
        return self.sequential.assurance(*distributions)

    def with_rule(self, rule: Rule) -> MonitoredDesign:
        """The trial under another rule at its end."""
        return replace(self, rule=rule)

    def success_under(self, rule: Rule) -> NDArray:
        """P(success is claimed | outcome of the last look) under another rule at the end."""
        return self.with_rule(rule).success_table


def sequential_design(
    analysis: Analysis,
    looks: Sequence[int] | Sequence[tuple[int, ...]],
    final: Rule,
    efficacy: Stop | Sequence[Stop | None] | None = None,
    futility: Stop | Sequence[Stop | None] | None = None,
) -> SequentialDesign:
    """A design whose looks stop by posterior or predictive probability.

    Parameters
    ----------
    analysis, looks, final, efficacy, futility
        As in `MonitoredDesign`, whose stopping sets it gives; `final` is its rule.

    Returns
    -------
    SequentialDesign
    """
    return MonitoredDesign(analysis, as_looks(looks), final, efficacy, futility).sequential
