"""Published phase II monitoring rules: Lee & Liu, Thall & Simon, BOP2 and BOP2-FE."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from bayesips.design.looks import OneArm, Posterior, PredictiveAbove, PredictiveBelow, TwoArms
from bayesips.design.looks import sequential_design as _design
from bayesips.design.rule import Criterion, Rule
from bayesips.design.sequential import SequentialDesign
from bayesips.distributions.beta_mixture import BetaMixture

LAMBDAS = tuple(np.arange(100, 199) / 200)  # .5 (.005) .99
GAMMAS = tuple(np.arange(21) / 20)  # 0 (.05) 1


def lee_liu(  # noqa: PLR0913  the numbers that define the published design
    looks: Sequence[int],
    prior: Any,
    rule: Rule,
    futility: float,
    efficacy: float | None = None,
) -> SequentialDesign:
    """Monitoring by predictive probability.

    Parameters
    ----------
    looks : sequence of int
        Patients at each look; the last is the whole trial.
    prior : distribution
        Of the rate.
    rule : Rule
        Success at the end (theta_T of the paper is its criterion's probability).
    futility, efficacy : float
        theta_L and theta_U: stop where the predictive probability is below, above.

    References
    ----------
    Lee JJ, Liu DD (2008). A predictive probability design for phase II cancer clinical trials.
    Clinical Trials 5:93-106.
    """
    above = None if efficacy is None else PredictiveAbove(efficacy)
    return _design(OneArm(prior), looks, rule, above, PredictiveBelow(futility))


def thall_simon(
    looks: Sequence[int],
    prior: Any,
    standard: Any,
    margin: float,
    futility: float | None,
    efficacy: float,
) -> SequentialDesign:
    """Monitoring of P(rate > standard rate + margin), the standard's rate being uncertain.

    Parameters
    ----------
    looks : sequence of int
        Patients at each look.
    prior, standard : distribution
        Of the experimental and of the standard rate.
    margin : float
        The improvement asked for.
    futility, efficacy : float
        Stop where the probability is below `futility` or above `efficacy`; success at the end
        is the latter. None: no stopping for futility.

    Returns
    -------
    SequentialDesign
        Of one arm.

    References
    ----------
    Thall PF, Simon R (1994). Practical Bayesian guidelines for phase IIB clinical trials.
    Biometrics 50:337-349.
    """
    analysis = TwoArms(prior, standard)
    claim = Rule([Criterion(margin, efficacy)])
    give_up = None
    if futility is not None:
        give_up = Posterior(Rule([Criterion(margin, 1 - futility, "lower")]))
    pairs = [(n, 0) for n in looks]
    two = _design(analysis, pairs, claim, Posterior(claim), give_up)
    return SequentialDesign(
        looks, [each[:, 0] for each in two.efficacy], [each[:, 0] for each in two.futility]
    )


@dataclass(frozen=True)
class Bop2:
    """An optimised BOP2 design: its two tuning numbers, its errors and its stopping sets."""

    lambda_: float
    gamma: float
    type1: float
    power: float
    design: SequentialDesign


def bop2_design(
    looks: Sequence[int], p0: float, lambda_: float, gamma: float, prior: Any = None
) -> SequentialDesign:
    """BOP2 for a binary endpoint: stop if P(rate > p0) < lambda (n / N)^gamma.

    `prior` defaults to the paper's Beta(p0, 1 - p0), worth one patient.

    References
    ----------
    Zhou H, Lee JJ, Yuan Y (2017). BOP2: Bayesian optimal design for phase II clinical trials with
    simple and complex endpoints. Statistics in Medicine 36:3302-3314.
    """
    prior = BetaMixture([1.0], [p0], [1 - p0]) if prior is None else prior
    futility = [
        Posterior(Rule([Criterion(p0, 1 - lambda_ * (n / looks[-1]) ** gamma, "lower")]))
        for n in looks[:-1]
    ]
    return _design(OneArm(prior), looks, Rule([Criterion(p0, lambda_)]), None, futility)


def bop2_fe_design(
    looks: Sequence[int], p0: float, lambda_: float, gamma: float, prior: Any = None
) -> SequentialDesign:
    """BOP2 with efficacy stopping on an O'Brien-Fleming-like boundary.

    Stop for success if P(rate > p0) > 2 Phi(Phi^-1((1 + lambda) / 2) / sqrt(n / N)) - 1.

    References
    ----------
    Xu X, Hashizume T, Belay T et al., BOP2-FE: Bayesian optimal phase II design with futility and
    efficacy stopping boundaries.
    """
    futility_only = bop2_design(looks, p0, lambda_, gamma, prior)
    prior = BetaMixture([1.0], [p0], [1 - p0]) if prior is None else prior
    efficacy = []
    for n in looks:
        needed = 2 * ndtr(ndtri((1 + lambda_) / 2) / math.sqrt(n / looks[-1])) - 1
        efficacy.append(OneArm(prior).decisions((n,), Rule([Criterion(p0, float(needed))])))
    return SequentialDesign(looks, efficacy, futility_only.futility)


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
    ValueError
        If no pair of the grid keeps the error; the message names the nearest.
    """
    tried: dict[bytes, Bop2] = {}
    for lambda_ in lambdas:
        for gamma in gammas:
            design = bop2_design(looks, p0, float(lambda_), float(gamma))
            key = b"".join(np.packbits(each).tobytes() for each in design.futility)
            if key not in tried:
                errors = design.power(np.array([p0, p1])).tolist()
                tried[key] = Bop2(float(lambda_), float(gamma), *errors, design)
    kept = [each for each in tried.values() if each.type1 <= alpha]
    if not kept:
        nearest = min(tried.values(), key=lambda each: each.type1)
        raise ValueError(
            f"no BOP2 design on the grid has type I error <= {alpha} at {p0}; the nearest has "
            f"{nearest.type1:.4f} with lambda {nearest.lambda_} and gamma {nearest.gamma}"
        )
    return max(kept, key=lambda each: each.power)
