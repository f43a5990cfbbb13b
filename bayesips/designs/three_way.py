"""Go / consider / stop: verdicts over outcomes, and their probabilities at true rates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesips.designs.rule import ThreeWay
from bayesips.designs.single_arm import SingleArmDesign
from bayesips.designs.two_arm import TwoArmDesign
from bayesips.distributions.any_distribution import Distribution

VERDICTS = ("go", "consider", "stop")


@dataclass(frozen=True, eq=False)
class ThreeWayDesign:
    """A one-arm or two-arm trial read by an ordered pair of rules.

    Parameters
    ----------
    trial : SingleArmDesign or TwoArmDesign
        Its own rule is ignored.
    rules : ThreeWay
        Go if `go` is met; else stop if `stop` is met; else consider.
    """

    trial: SingleArmDesign | TwoArmDesign
    rules: ThreeWay

    def verdicts(self) -> NDArray:
        """One of "go", "consider", "stop" for every outcome."""
        go, stop = (self.trial.with_rule(rule).decisions() for rule in self._both)
        return np.where(go, "go", np.where(stop, "stop", "consider"))

    def probabilities(self, *rates: ArrayLike) -> dict[str, NDArray]:
        """P(each verdict) at true rates: one array per arm, broadcast."""
        verdicts = self.verdicts()
        return {name: self.trial.expectation(verdicts == name, *rates) for name in VERDICTS}

    def assurances(self, *distributions: Distribution) -> dict[str, float]:
        """P(each verdict) over independent design priors, one per arm."""
        verdicts = self.verdicts()
        weights = [
            distribution.predictive(size - 1).pmf(np.arange(size))
            for distribution, size in zip(distributions, verdicts.shape, strict=True)
        ]
        return {name: _mean_of(verdicts == name, weights) for name in VERDICTS}

    @property
    def _both(self) -> tuple:
        """The two rules in order."""
        return self.rules.go, self.rules.stop


def _mean_of(met: NDArray, weights: list[NDArray]) -> float:
    """Weighted share of outcomes."""
    for weight in weights:
        met = np.tensordot(weight, met, axes=1)
    return float(met)
