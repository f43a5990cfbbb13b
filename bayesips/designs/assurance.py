"""Assurance in parts: works or lucky, conditional on an interim, discounted for selection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesips.designs.arm_analysis import ArmAnalysis
from bayesips.designs.comparison import Comparison
from bayesips.designs.predictive import predictive_table
from bayesips.designs.single_arm import SingleArmDesign
from bayesips.designs.superiority import superiority_table
from bayesips.designs.two_arm import TwoArmDesign
from bayesips.distributions.any_distribution import Distribution
from bayesips.distributions.convert import as_density
from bayesips.distributions.counts import log_binomial_table
from bayesips.distributions.density import Density
from bayesips.distributions.effects.scales import scale_named
from bayesips.distributions.mathematics import NUMPY
from bayesips.errors import Refused

Design = SingleArmDesign | TwoArmDesign


@dataclass(frozen=True)
class SplitAssurance:
    """Probabilities under the design prior; `success` is `works` + `lucky`.

    works : the trial succeeds and the treatment is better than the margin.
    lucky : the trial succeeds and the treatment is not.
    missed : the treatment is better than the margin and the trial fails.
    """

    success: float
    works: float
    lucky: float
    missed: float


def split_assurance(
    design: Design, *distributions: Distribution, margin: float | None = None
) -> SplitAssurance:
    """Assurance, split by whether the treatment is truly better than the margin.

    Parameters
    ----------
    design : SingleArmDesign or TwoArmDesign
    *distributions : distribution
        Design priors of the true rates, (treated,) or (treated, control), independent.
    margin : float, optional
        What counts as working, on the scale of the rule; default no effect. One arm: a rate,
        required.

    Raises
    ------
    Refused
        If one arm has no margin.
    """
    weight, better = _outcomes(design, distributions, margin)
    return split_success(design.decisions().astype(float), weight, better)


def _outcomes(
    design: Design, distributions: tuple[Distribution, ...], margin: float | None
) -> tuple[NDArray, NDArray]:
    """Predictive probability of every outcome, and P(effect > margin) given it."""
    if isinstance(design, SingleArmDesign):
        if margin is None:
            raise Refused("margin is missing; for one arm it is the rate that counts as working")
        (treated,) = distributions
        return fixed_rate_outcomes(treated, design.n, margin)
    scale = design.rule.scale
    edge = scale_named(scale).no_effect if margin is None else margin
    sizes = (design.n_treated, design.n_control)
    return two_arm_outcomes(distributions, sizes, Comparison(edge, scale))


def fixed_rate_outcomes(treated: Distribution, n: int, rate: float) -> tuple[NDArray, NDArray]:
    """Predictive probability of 0..n successes, and P(true rate > `rate`) given each."""
    counts = np.arange(n + 1)
    return treated.predictive(n).pmf(counts), np.asarray(treated.update(counts, n).sf(rate))


def two_arm_outcomes(
    distributions: tuple[Distribution, ...], n: tuple[int, int], comparison: Comparison
) -> tuple[NDArray, NDArray]:
    """Predictive probability of (treated, control) outcomes, and P(effect > margin) given each."""
    treated, control = (ArmAnalysis(*each) for each in zip(distributions, n, strict=True))
    pairs = zip(distributions, n, strict=True)
    counts = [prior.predictive(size).pmf(np.arange(size + 1)) for prior, size in pairs]
    return np.outer(*counts), superiority_table(treated, control, comparison).above


def split_success(success: NDArray, weight: NDArray, better: NDArray) -> SplitAssurance:
    """The split from P(success | outcome), P(outcome) and P(the treatment works | outcome)."""
    works, total = float((weight * success * better).sum()), float((weight * success).sum())
    missed = float((weight * (1 - success) * better).sum())
    return SplitAssurance(total, works, total - works, missed)


def conditional_assurance(
    design: Design, successes: tuple[int, ...], n: tuple[int, ...], *distributions: Distribution
) -> float:
    """Assurance given interim data, the design priors learning from them as well.

    Parameters
    ----------
    design : SingleArmDesign or TwoArmDesign
        The trial at its end.
    successes, n : tuple of int
        So far, (treated,) or (treated, control).
    *distributions : distribution
        Design priors before the trial, one per arm.

    Raises
    ------
    Refused
        If there are more patients so far than the design has.
    """
    met = design.decisions().astype(float)
    sizes = [size - 1 for size in met.shape]
    for prior, seen, so_far, size in zip(distributions, successes, n, sizes, strict=True):
        met = np.tensordot(predictive_table(prior, so_far, size)[seen], met, axes=1)
    return float(met)


def selected_posterior(prior: Distribution, successes: int, n: int, least: int) -> Density:
    """Posterior of a rate from a trial that would not have been followed up with fewer successes.

    The likelihood is that of the successes given that there are at least `least`: a result that
    made the next trial happen says less than one that would have been published whatever it was.

    Parameters
    ----------
    prior : distribution
    successes, n : int
    least : int
        Successes without which there would be no next trial, at most `successes`.

    Returns
    -------
    Density

    Raises
    ------
    Refused
        If `least` exceeds `successes`.
    """
    if not 0 <= least <= successes:
        raise Refused(f"least is {least}; allowed are 0 to the {successes} successes seen")
    posterior = as_density(prior.update(successes, n))
    link, edges = posterior.link, posterior.curve.edges

    def log_density(logit):
        rates = link.log_rate(logit, NUMPY), link.log_miss(logit, NUMPY)
        seen = np.logaddexp.reduce(log_binomial_table(n, *rates)[least:], axis=0)
        return posterior.curve.log_at(logit) - seen

    return Density.from_log(link, log_density, edges, floor=posterior.floor)
