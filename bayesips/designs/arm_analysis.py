"""One arm at the end of a trial: the prior of its rate, its patients, its posteriors."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import numpy as np

from bayesips.answer.control import control_posterior
from bayesips.distributions.any_distribution import Distribution
from bayesips.engine.control_rate import Borrowing
from bayesips.evidence.arm import Arm


@runtime_checkable
class LearnsFromControls(Protocol):
    """Anything that turns every possible control outcome into a posterior."""

    def posteriors(self, n_control: int) -> Distribution:
        """A distribution of batch shape (n_control + 1,): given 0..n_control successes."""


@dataclass(frozen=True)
class BorrowedControl:
    """A borrowing method that sees the concurrent controls before it borrows.

    Parameters
    ----------
    arms : sequence of Arm
        History.
    method : borrowing method or its name
        How history bears on the control rate.
    settings : dict, optional
        Further keywords of `bayesips.control_posterior`: endpoint, bias, robust, engine, seed.
    """

    arms: tuple[Arm, ...]
    method: Any
    settings: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, borrowing: Borrowing) -> BorrowedControl:
        """From arms, method and settings that are held together already."""
        settings = {name: getattr(borrowing, name) for name in ("endpoint", "bias", "robust")}
        return cls(borrowing.arms, borrowing.method, settings)

    def posteriors(self, n_control: int) -> Distribution:
        """Posterior of the control rate for 0..n_control successes, one batched solution."""
        concurrent = Arm("concurrent controls", np.arange(n_control + 1), n_control)
        return control_posterior(self.arms, self.method, concurrent, **self.settings)


Prior = Distribution | LearnsFromControls


@dataclass(frozen=True, eq=False)
class ArmAnalysis:
    """What an analysis believes about one arm's rate, before and after its patients.

    Parameters
    ----------
    prior : distribution, or an object with `posteriors(n)`
        A distribution is updated by Bayes' theorem; `BorrowedControl` and the like give the
        posterior of each outcome themselves.
    n : int
        Patients of the arm.
    """

    prior: Prior
    n: int

    @cached_property
    def posteriors(self) -> Distribution:
        """Posterior of the rate after 0..n successes, batch shape (n + 1,)."""
        if isinstance(self.prior, LearnsFromControls):
            return self.prior.posteriors(self.n)
        return self.prior.update(np.arange(self.n + 1), self.n)
