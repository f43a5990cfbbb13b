"""Assurance in parts: works or lucky, conditional on an interim, discounted for selection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesips.design.comparison import Comparison
from bayesips.design.predictive import predictive_table
from bayesips.design.single_arm import SingleArmDesign
from bayesips.design.superiority import superiority_table
from bayesips.design.two_arm import TwoArmDesign
from bayesips.distributions.convert import as_density
from bayesips.distributions.counts import log_binomial_table
from bayesips.distributions.density import Density
from bayesips.effects.scales import scale_named
from bayesips.mathematics import NUMPY

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
    design: Design, *distributions: Any, margin: float | None = None
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
    ValueError
        If one arm has no margin.
    """
    met = design.decisions().astype(float)
    weight, better = _outcomes(design, distributions, margin)
    works, success = float((weight * met * better).sum()), float((weight * met).sum())
    missed = float((weight * (1 - met) * better).sum())
    return SplitAssurance(success, works, success - works, missed)


def _outcomes(
    design: Design, distributions: tuple[Any, ...], margin: float | None
) -> tuple[NDArray, NDArray]:
    """Predictive probability of every outcome, and P(effect > margin) given it."""
    if isinstance(design, SingleArmDesign):
        if margin is None:
            raise ValueError("margin is missing; for one arm it is the rate that counts as working")
        (treated,) = distributions
        weight = treated.predictive(design.n).pmf(design.outcomes)
        return weight, np.asarray(treated.update(design.outcomes, design.n).sf(margin))
    treated, control = distributions
    scale, counts = design.rule.scale, np.arange(design.n_control + 1)
    edge = scale_named(scale).no_effect if margin is None else margin
    controls = control.update(counts, design.n_control)
    better = superiority_table(treated, design.n_treated, controls, Comparison(edge, scale)).above
    first = treated.predictive(design.n_treated).pmf(np.arange(design.n_treated + 1))
    return np.outer(first, control.predictive(design.n_control).pmf(counts)), better


def conditional_assurance(
    design: Design, successes: tuple[int, ...], n: tuple[int, ...], *distributions: Any
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
    ValueError
        If there are more patients so far than the design has.
    """
    met = design.decisions().astype(float)
    sizes = [size - 1 for size in met.shape]
    for prior, seen, so_far, size in zip(distributions, successes, n, sizes, strict=True):
        met = np.tensordot(predictive_table(prior, so_far, size)[seen], met, axes=1)
    return float(met)


def selected_posterior(prior: Any, successes: int, n: int, least: int) -> Density:
    """Posterior of a rate from a trial that would not have been followed up with fewer successes.

    The likelihood is that of the successes given that there are at least `least`: a result that
    made the next trial happen says less than one that was sure to be heard of.

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
    ValueError
        If `least` exceeds `successes`.
    """
    if not 0 <= least <= successes:
        raise ValueError(f"least is {least}; allowed are 0 to the {successes} successes seen")
    posterior = as_density(prior.update(successes, n))
    link, edges = posterior.link, posterior.curve.edges

    def log_density(logit):
        rates = link.log_rate(logit, NUMPY), link.log_miss(logit, NUMPY)
        seen = np.logaddexp.reduce(log_binomial_table(n, *rates)[least:], axis=0)
        return posterior.curve_log(link, logit) - seen

    return Density.from_log(link, log_density, edges, cut=posterior.cut)
