"""How a trial is analysed at any look: one arm, one arm against history, or two arms."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from numpy.typing import NDArray

from bayesips.designs.arm_analysis import Prior
from bayesips.designs.predictive import predictive_table
from bayesips.designs.rule import Rule
from bayesips.designs.single_arm import SingleArmDesign
from bayesips.designs.two_arm import TwoArmDesign
from bayesips.distributions.any_distribution import Distribution

Patients = tuple[int, ...]  # (n,) of one arm, or (treated, control)


class Analysis(Protocol):
    """What is believed before the trial, and what a rule says of every outcome."""

    @property
    def priors(self) -> tuple[Prior, ...]:
        """Prior of each arm's rate."""

    def above(self, patients: Patients, rule: Rule) -> list[NDArray]:
        """P(quantity > threshold) of each criterion for every outcome of so many patients."""

    def decisions(self, patients: Patients, rule: Rule) -> NDArray:
        """Outcomes of so many patients that meet the rule."""

    def predictive(self, patients: Patients, last: Patients, rule: Rule) -> NDArray:
        """P(the rule is met at the last look) for every outcome so far."""

    def numerical_error(self, patients: Patients, rule: Rule) -> float:
        """Largest numerical error of a posterior probability."""


@dataclass(frozen=True, eq=False)
class _Predictions:
    """Predictive tables of the arms from one look to the last, each computed once."""

    priors: tuple[Prior, ...]
    kept: dict[tuple[Patients, Patients], list[NDArray]] = field(default_factory=dict, init=False)

    def expected(self, met: NDArray, patients: Patients, last: Patients) -> NDArray:
        """P(an outcome of the last look is met) for every outcome so far."""
        if (patients, last) not in self.kept:
            steps = zip(self.priors, patients, last, strict=True)
            self.kept[patients, last] = [predictive_table(*step) for step in steps]
        treated, *control = self.kept[patients, last]
        found = treated @ met.astype(float)
        return found @ control[0].T if control else found


@dataclass(frozen=True, eq=False)
class OneArm:
    """Analyses of one arm; `prior` is a distribution of its rate, the rule is on the rate."""

    prior: Distribution

    @property
    def priors(self) -> tuple[Prior, ...]:
        """The prior alone."""
        return (self.prior,)

    @cached_property
    def _predictions(self) -> _Predictions:
        """Predictive tables of the arm."""
        return _Predictions(self.priors)

    def above(self, patients: Patients, rule: Rule) -> list[NDArray]:
        """P(rate > threshold) of each criterion, arrays of shape (n + 1,)."""
        return SingleArmDesign(patients[0], self.prior, rule).above

    def decisions(self, patients: Patients, rule: Rule) -> NDArray:
        """Outcomes that meet the rule, shape (n + 1,)."""
        return SingleArmDesign(patients[0], self.prior, rule).decisions()

    def predictive(self, patients: Patients, last: Patients, rule: Rule) -> NDArray:
        """P(the rule is met at the last look), shape (n + 1,)."""
        return self._predictions.expected(self.decisions(last, rule), patients, last)

    def numerical_error(self, patients: Patients, rule: Rule) -> float:
        """None but rounding: tails of Beta distributions are closed forms."""
        return 0.0


@dataclass(frozen=True, eq=False)
class TwoArms:
    """Analyses of treated against control; `prior_control` as in TwoArmDesign."""

    prior_treated: Distribution
    prior_control: Prior
    _kept: dict[Patients, TwoArmDesign] = field(default_factory=dict, init=False, repr=False)

    @property
    def priors(self) -> tuple[Prior, ...]:
        """Priors of the treated and of the control rate."""
        return self.prior_treated, self.prior_control

    @cached_property
    def _predictions(self) -> _Predictions:
        """Predictive tables of both arms."""
        return _Predictions(self.priors)

    def above(self, patients: Patients, rule: Rule) -> list[NDArray]:
        """P(effect > threshold) of each criterion, shape (n_treated + 1, n_control + 1)."""
        return self.design(patients, rule).above

    def decisions(self, patients: Patients, rule: Rule) -> NDArray:
        """Outcomes that meet the rule, shape (n_treated + 1, n_control + 1)."""
        return self.design(patients, rule).decisions()

    def predictive(self, patients: Patients, last: Patients, rule: Rule) -> NDArray:
        """P(the rule is met at the last look), shape (n_treated + 1, n_control + 1)."""
        return self._predictions.expected(self.decisions(last, rule), patients, last)

    def numerical_error(self, patients: Patients, rule: Rule) -> float:
        """Largest quadrature error of P(effect > threshold)."""
        return self.design(patients, rule).numerical_error

    def design(self, patients: Patients, rule: Rule) -> TwoArmDesign:
        """The analysis at one look; its posteriors and tables are computed once."""
        if patients not in self._kept:
            treated, control = patients
            self._kept[patients] = TwoArmDesign(
                treated, control, self.prior_treated, self.prior_control, rule
            )
        self._kept[patients] = self._kept[patients].with_rule(rule)
        return self._kept[patients]


@dataclass(frozen=True, eq=False)
class AgainstHistory:
    """Analyses of one arm against an uncertain historical rate; the rule is on the effect."""

    prior: Distribution
    history: Distribution

    @property
    def priors(self) -> tuple[Prior, ...]:
        """The treated arm's prior; history has no patients in the trial."""
        return (self.prior,)

    @cached_property
    def _two_arms(self) -> TwoArms:
        """A trial of two arms without concurrent controls."""
        return TwoArms(self.prior, self.history)

    @cached_property
    def _predictions(self) -> _Predictions:
        """Predictive tables of the arm."""
        return _Predictions(self.priors)

    def above(self, patients: Patients, rule: Rule) -> list[NDArray]:
        """P(effect > threshold) of each criterion, arrays of shape (n + 1,)."""
        return [table[:, 0] for table in self._two_arms.above((*patients, 0), rule)]

    def decisions(self, patients: Patients, rule: Rule) -> NDArray:
        """Outcomes that meet the rule, shape (n + 1,)."""
        return self._two_arms.decisions((*patients, 0), rule)[:, 0]

    def predictive(self, patients: Patients, last: Patients, rule: Rule) -> NDArray:
        """P(the rule is met at the last look), shape (n + 1,)."""
        return self._predictions.expected(self.decisions(last, rule), patients, last)

    def numerical_error(self, patients: Patients, rule: Rule) -> float:
        """Largest quadrature error of P(effect > threshold)."""
        return self._two_arms.numerical_error((*patients, 0), rule)
