"""BOP2 (Zhou, Lee & Yuan 2017) and BOP2-FE for a binary endpoint, exactly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from bayesips.designs.rule import Criterion, Rule
from bayesips.designs.sequential import SequentialDesign
from bayesips.designs.single_arm import SingleArmDesign
from bayesips.distributions import BetaMixture
from bayesips.distributions.any_distribution import Distribution
from bayesips.distributions.rule import exceeds
from bayesips.errors import Refused

LAMBDAS = tuple((np.arange(100, 199) / 200).tolist())  # .5 (.005) .99
GAMMAS = tuple((np.arange(21) / 20).tolist())  # 0 (.05) 1


@dataclass(frozen=True, eq=False)
class Bop2:
    """An optimised BOP2 design: its two tuning numbers, its errors and its stopping sets."""

    lambda_: float
    gamma: float
    type1: float
    power: float
    design: SequentialDesign


def bop2(
    looks: Sequence[int],
    p0: float,
    p1: float,
    alpha: float,
    lambdas: Sequence[float] = LAMBDAS,
    gammas: Sequence[float] = GAMMAS,
) -> Bop2:
    """The BOP2 design with the most power at p1 among those with type I error <= alpha at p0.

    Parameters
    ----------
    looks : sequence of int
        Patients at each look.
    p0, p1 : float
        Uninteresting and interesting rates.
    alpha : float
        Largest type I error.
    lambdas, gammas : sequence of float
        The grid searched. Of designs with equal stopping sets the first is named.

    Raises
    ------
    Refused
        If no pair of the grid keeps the error; the message names the nearest.

    References
    ----------
    Zhou H, Lee JJ, Yuan Y (2017). BOP2: Bayesian optimal design for phase II clinical trials with
    simple and complex endpoints. Statistics in Medicine 36:3302-3314.
    """
    tried: dict[bytes, Bop2] = {}
    at_looks = _at_looks(looks, p0, None)
    for lambda_, gamma in product(lambdas, gammas):
        key = b"".join(each.tobytes() for each in at_looks.futility(lambda_, gamma))
        if key not in tried:
            design = at_looks.design(lambda_, gamma)
            type1, power = design.power(np.array([p0, p1])).tolist()
            tried[key] = Bop2(lambda_, gamma, type1, power, design)
    kept = [each for each in tried.values() if each.type1 <= alpha]
    if not kept:
        nearest = min(tried.values(), key=lambda each: each.type1)
        raise Refused(
            f"no BOP2 design on the grid has type I error <= {alpha} at {p0}; the nearest has "
            f"{nearest.type1:.4f} with lambda {nearest.lambda_} and gamma {nearest.gamma}"
        )
    return max(kept, key=lambda each: each.power)


def bop2_design(
    looks: Sequence[int], p0: float, lambda_: float, gamma: float, prior: Distribution | None = None
) -> SequentialDesign:
    """BOP2 with given tuning: stop if P(rate > p0) < lambda (n / N)^gamma.

    `prior` defaults to the paper's Beta(p0, 1 - p0), worth one patient.
    """
    return _at_looks(looks, p0, prior).design(lambda_, gamma)


def bop2_fe_design(
    looks: Sequence[int], p0: float, lambda_: float, gamma: float, prior: Distribution | None = None
) -> SequentialDesign:
    """BOP2-FE: BOP2 that also stops for efficacy, on a boundary of O'Brien-Fleming's shape.

    Stop for success if P(rate > p0) > 2 Phi(Phi^-1((1 + lambda) / 2) / sqrt(n / N)) - 1.
    """
    at_looks = _at_looks(looks, p0, prior)
    return SequentialDesign(looks, at_looks.efficacy(lambda_), at_looks.futility(lambda_, gamma))


@dataclass(frozen=True, eq=False)
class _AtLooks:
    """P(rate > p0) for every outcome of every look: all that BOP2 decides by."""

    looks: tuple[int, ...]
    above: tuple[NDArray, ...]

    def futility(self, lambda_: float, gamma: float) -> list[NDArray]:
        """Stop if P(rate > p0) < lambda (n / N)^gamma; at the end lambda itself."""
        needed = [lambda_ * (n / self.looks[-1]) ** gamma for n in self.looks]
        return [exceeds(cut, each) for each, cut in zip(self.above, needed, strict=True)]

    def efficacy(self, lambda_: float) -> list[NDArray]:
        """Stop if P(rate > p0) > 2 Phi(Phi^-1((1 + lambda) / 2) / sqrt(n / N)) - 1."""
        limit = ndtri((1 + lambda_) / 2)
        needed = [2 * ndtr(limit / math.sqrt(n / self.looks[-1])) - 1 for n in self.looks]
        return [exceeds(each, cut) for each, cut in zip(self.above, needed, strict=True)]

    def design(self, lambda_: float, gamma: float) -> SequentialDesign:
        """The design that stops for futility only."""
        never = [np.zeros(n + 1, dtype=bool) for n in self.looks[:-1]]
        success = exceeds(self.above[-1], lambda_)
        return SequentialDesign(self.looks, [*never, success], self.futility(lambda_, gamma))


def _at_looks(looks: Sequence[int], p0: float, prior: Distribution | None) -> _AtLooks:
    """The posterior probabilities under the given prior or the paper's."""
    prior = BetaMixture.from_mean_n(p0, 1.0) if prior is None else prior
    rule = Rule([Criterion(p0, 0.5)])
    above = tuple(SingleArmDesign(n, prior, rule).probabilities[0] for n in looks)
    return _AtLooks(tuple(looks), above)
