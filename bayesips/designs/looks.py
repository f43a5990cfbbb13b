"""Stopping rules laid over looks: posterior or predictive, for one arm or two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bayesips.designs.predictive import predictive_table
from bayesips.designs.rule import TIE, Rule
from bayesips.designs.sequential import SequentialDesign, as_looks
from bayesips.designs.single_arm import SingleArmDesign
from bayesips.designs.two_arm import TwoArmDesign
from bayesips.errors import Refused


class Analysis(Protocol):
    """What is believed before the trial, and what a rule says of every outcome."""

    def decisions(self, patients: tuple[int, ...], rule: Rule) -> NDArray:
        """Outcomes that meet the rule with this many patients."""

    def predictive(self, patients: tuple[int, ...], last: tuple[int, ...], rule: Rule) -> NDArray:
        """P(the rule is met at the last look) for every outcome so far."""


@dataclass(frozen=True, eq=False)
class OneArm:
    """Analyses of one arm; `prior` is a distribution of its rate."""

    prior: Any

    def decisions(self, patients: tuple[int, ...], rule: Rule) -> NDArray:
        """Outcomes that meet the rule, shape (n + 1,)."""
        return SingleArmDesign(patients[0], self.prior, rule).decisions()

    def predictive(self, patients: tuple[int, ...], last: tuple[int, ...], rule: Rule) -> NDArray:
        """P(the rule is met at the last look), shape (n + 1,)."""
        met = self.decisions(last, rule).astype(float)
        return predictive_table(self.prior, patients[0], last[0]) @ met


@dataclass(frozen=True, eq=False)
class TwoArms:
    """Analyses of treated against control; `prior_control` as in TwoArmDesign."""

    prior_treated: Any
    prior_control: Any
    _kept: dict[tuple[int, ...], TwoArmDesign] = field(default_factory=dict, init=False, repr=False)
    _tables: dict[Any, tuple[NDArray, ...]] = field(default_factory=dict, init=False, repr=False)

    def decisions(self, patients: tuple[int, ...], rule: Rule) -> NDArray:
        """Outcomes that meet the rule, shape (n_treated + 1, n_control + 1)."""
        return self.design(patients, rule).decisions()

    def predictive(self, patients: tuple[int, ...], last: tuple[int, ...], rule: Rule) -> NDArray:
        """P(the rule is met at the last look), shape (n_treated + 1, n_control + 1)."""
        treated, control = self._ahead(patients, last)
        return treated @ self.decisions(last, rule).astype(float) @ control.T

    def _ahead(self, patients: tuple[int, ...], last: tuple[int, ...]) -> tuple[NDArray, ...]:
        """Predictive tables of the two arms from one look to the last, computed once."""
        if (patients, last) not in self._tables:
            priors = (self.prior_treated, self.prior_control)
            steps = zip(priors, patients, last, strict=True)
            self._tables[patients, last] = tuple(predictive_table(*step) for step in steps)
        return self._tables[patients, last]

    def design(self, patients: tuple[int, ...], rule: Rule) -> TwoArmDesign:
        """The analysis at one look; its posteriors and tables are computed once."""
        if patients not in self._kept:
            treated, control = patients
            priors = self.prior_treated, self.prior_control
            self._kept[patients] = TwoArmDesign(treated, control, *priors, rule)
        self._kept[patients] = self._kept[patients].with_rule(rule)
        return self._kept[patients]


@dataclass(frozen=True, eq=False)
class AgainstHistory:
    """Analyses of one arm against an uncertain historical rate; the rule is on the effect."""

    prior: Any
    history: Any

    @cached_property
    def two_arms(self) -> TwoArms:
        """The same as a trial without concurrent controls."""
        return TwoArms(self.prior, self.history)

    def decisions(self, patients: tuple[int, ...], rule: Rule) -> NDArray:
        """Outcomes that meet the rule, shape (n + 1,)."""
        return self.two_arms.decisions((patients[0], 0), rule)[:, 0]

    def predictive(self, patients: tuple[int, ...], last: tuple[int, ...], rule: Rule) -> NDArray:
        """P(the rule is met at the last look), shape (n + 1,)."""
        met = self.decisions(last, rule).astype(float)
        return predictive_table(self.prior, patients[0], last[0]) @ met


@dataclass(frozen=True)
class Posterior:
    """Stop where a rule is met by the posterior at the look."""

    rule: Rule

    def outcomes(
        self, analysis: Analysis, patients: tuple[int, ...], last: tuple[int, ...], final: Rule
    ) -> NDArray:
        """Outcomes at which it stops the trial."""
        return analysis.decisions(patients, self.rule)


@dataclass(frozen=True)
class PredictiveAbove:
    """Stop where the predictive probability of final success exceeds `probability`."""

    probability: float

    def outcomes(
        self, analysis: Analysis, patients: tuple[int, ...], last: tuple[int, ...], final: Rule
    ) -> NDArray:
        """Outcomes at which it stops the trial; a tie does not."""
        return analysis.predictive(patients, last, final) - self.probability > TIE


@dataclass(frozen=True)
class PredictiveBelow:
    """Stop where the predictive probability of final success is less than `probability`."""

    probability: float

    def outcomes(
        self, analysis: Analysis, patients: tuple[int, ...], last: tuple[int, ...], final: Rule
    ) -> NDArray:
        """Outcomes at which it stops the trial; a tie does not."""
        return self.probability - analysis.predictive(patients, last, final) > TIE


Stop = Posterior | PredictiveAbove | PredictiveBelow


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
    analysis : OneArm or TwoArms
        Priors.
    looks : sequence
        Patients at each look, the last one the end of the trial.
    final : Rule
        Success at the last look.
    efficacy, futility : stopping rule, or one per interim look, optional
        None: no stopping of that kind.

    Returns
    -------
    SequentialDesign
    """
    sizes = as_looks(looks)
    success = [*_stops(analysis, sizes, final, efficacy), analysis.decisions(sizes[-1], final)]
    failure = [*_stops(analysis, sizes, final, futility), ~success[-1]]
    return SequentialDesign(sizes, success, failure)


def _stops(
    analysis: Analysis,
    sizes: tuple[tuple[int, ...], ...],
    final: Rule,
    stop: Stop | Sequence[Stop | None] | None,
) -> list[NDArray]:
    """Stopping sets of the interim looks."""
    interim = sizes[:-1]
    listed = list(stop) if isinstance(stop, Sequence) else [stop] * len(interim)
    if len(listed) != len(interim):
        raise Refused(f"{len(listed)} stopping rules for {len(interim)} interim looks")
    return [
        np.zeros([n + 1 for n in patients], dtype=bool)
        if each is None
        else each.outcomes(analysis, patients, sizes[-1], final)
        for patients, each in zip(interim, listed, strict=True)
    ]
