"""Monitoring rules of Lee & Liu (2008) and Thall & Simon (1994)."""

from __future__ import annotations

from collections.abc import Sequence

from bayesips.designs.analyses import AgainstHistory, OneArm
from bayesips.designs.looks import (
    Posterior,
    PredictiveAbove,
    PredictiveBelow,
    sequential_design,
)
from bayesips.designs.rule import Criterion, Rule
from bayesips.designs.sequential import SequentialDesign
from bayesips.distributions.any_distribution import Distribution


def lee_liu(
    looks: Sequence[int],
    prior: Distribution,
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
    return sequential_design(OneArm(prior), looks, rule, above, PredictiveBelow(futility))


def thall_simon(
    looks: Sequence[int],
    prior: Distribution,
    standard: Distribution,
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
    claim = Rule([Criterion(margin, efficacy)])
    give_up = None
    if futility is not None:
        give_up = Posterior(Rule([Criterion(margin, 1 - futility, "lower")]))
    analysis = AgainstHistory(prior, standard)
    return sequential_design(analysis, looks, claim, Posterior(claim), give_up)
