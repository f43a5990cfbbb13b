"""P(effect > margin) for every pair of outcomes of a two-arm trial, with its numerical error.

Beta mixtures on the treated side, the usual case, take paths that share their work over all
pairs, against Beta mixtures and against densities; everything else is
`bayesips.distributions.effects.prob_greater`, batched.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from bayesips.designs.comparison import Comparison, PairNodes
from bayesips.designs.tails import upper_tails
from bayesips.distributions import BetaMixture, beta_functions
from bayesips.distributions.convert import as_density
from bayesips.distributions.density import Density
from bayesips.distributions.effects import prob_greater, prob_greater_error
from bayesips.distributions.effects.scales import scale_named
from bayesips.errors import NotSettled

TARGET_ERROR = 1e-13  # of the conjugate path, before rounding
ROUNDING = 2.0**-52  # per patient that the two posteriors are worth: exponents are that large
FINEST_STEP = 2e-4  # a rule that fine and not settled is a defect
SMALLEST_RATE = 1e-300  # thresholds at 0 and 1 are set apart, their logs only need to exist
CORE_LOGIT, FARTHEST_LOGIT = 9.0, 34.0  # finely split within, geometrically in the rate beyond
WIDEST_STEP = 1.0  # between log odds at which panels are split
ROUTES = (BetaMixture, Density)  # distributions whose tables are one matrix product
LIGHT = 0.05  # a mass below it need not be relieved of its relative rounding


@dataclass(frozen=True)
class SuperiorityTable:
    """P(effect > margin): `above`, shape (n_treated + 1, n_control + 1), and its error."""

    above: NDArray
    error: NDArray


def superiority_table(
    prior_treated: Any, n_treated: int, controls: Any, comparison: Comparison
) -> SuperiorityTable:
    """P(effect > margin) for every outcome.

    Parameters
    ----------
    prior_treated : distribution
        Of the treated rate.
    n_treated : int
        Treated patients.
    controls : distribution, batch shape (n_control + 1,)
        Of the control rate, one for each number of control successes.
    comparison : Comparison
        Margin and scale.

    Raises
    ------
    NotSettled
        If the quadrature does not settle.
    """
    if comparison.settled:
        shape = (n_treated + 1, *controls.batch_shape)
        return SuperiorityTable(np.full(shape, float(comparison.margin < 0)), np.zeros(shape))
    if isinstance(prior_treated, BetaMixture) and isinstance(controls, BetaMixture):
        return _conjugate_table(prior_treated, n_treated, controls, comparison)
    if isinstance(prior_treated, ROUTES) and isinstance(controls, ROUTES):
        dense = controls if isinstance(controls, Density) else as_density(controls)
        return _density_table(prior_treated, n_treated, dense, comparison)
    return _general_table(prior_treated, n_treated, controls, comparison)


def _conjugate_table(
    prior: BetaMixture, n: int, controls: BetaMixture, comparison: Comparison
) -> SuperiorityTable:
    """Both arms Beta mixtures: pdf table times tail table, one matrix product.

    Two interleaved rules share the work; for an analytic integrand the error of both together is
    the square of their difference.
    """
    smallest = min(x.min() for x in (prior.a, prior.b, controls.a, controls.b))
    certain = controls.cdf(comparison.certain_below)
    size = float((prior.a + prior.b).max() + n + (controls.a + controls.b).max())
    rounding, step = ROUNDING * size, _first_step(size)
    while step > FINEST_STEP:
        halves = _half_sums(prior, n, controls, comparison.nodes(step, smallest))
        error = (halves[0] - halves[1]) ** 2
        if error.max() < TARGET_ERROR:
            total = np.clip(halves[0] + halves[1] + certain, 0.0, 1.0)
            return SuperiorityTable(total, np.full_like(total, TARGET_ERROR + rounding))
        step /= 2
    raise NotSettled(f"P(effect > {comparison.margin}) did not settle within {TARGET_ERROR}")


def _first_step(size: float) -> float:
    """Step that resolves posteriors worth so many patients: an sd of s wants about s / 2."""
    narrowest = 2 / math.pi / math.sqrt(size + 4)
    return min(narrowest / 1.9, 0.125)


def _half_sums(
    prior: BetaMixture, n: int, controls: BetaMixture, nodes: PairNodes
) -> tuple[NDArray, NDArray]:
    """The sums over every other node, shape (n + 1, n_control + 1) each."""
    tails = upper_tails(prior, n, nodes.log_threshold, nodes.log_threshold_complement)
    densities = _weighted_densities(controls, nodes)
    return tails[:, ::2] @ densities[:, ::2].T, tails[:, 1::2] @ densities[:, 1::2].T


def _weighted_densities(controls: BetaMixture, nodes: PairNodes) -> NDArray:
    """Density of the control rate times the weight of the node, shape (n_control + 1, Q)."""
    constant = -beta_functions.log_beta(controls.a, controls.b)
    total = np.zeros((constant.shape[0], len(nodes.log_weight)))
    for component in range(constant.shape[1]):
        a, b = controls.a[:, component, None], controls.b[:, component, None]
        exponent = (a - 1) * nodes.log_control + (b - 1) * nodes.log_control_complement
        mass = np.exp(constant[:, component, None] + exponent + nodes.log_weight)
        mass *= _rounding_of(mass, _mass_between(a, b, nodes))
        total += controls.weights[:, component, None] * mass
    return total


def _mass_between(a: NDArray, b: NDArray, nodes: PairNodes) -> NDArray:
    """Probability of a Beta(a, b) between the ends of the nodes."""
    if nodes.low > 0:
        return beta_functions.tails(a, b, nodes.low, 1 - nodes.low)[1]
    return beta_functions.tails(a, b, nodes.high, 1 - nodes.high)[0]


def _rounding_of(mass: NDArray, exact: NDArray) -> NDArray:
    """Factor that takes the rounding of a density's constant out, where it has any weight."""
    found = mass.sum(axis=1, keepdims=True)
    return np.where(found > LIGHT, exact / np.maximum(found, LIGHT), 1.0)


def _density_table(
    prior: BetaMixture | Density, n: int, controls: Density, comparison: Comparison
) -> SuperiorityTable:
    """Control a density: table of treated tails times node masses, one product.

    Panels are split where the threshold's log odds pass a grid as wide as the narrowest treated
    posterior, and ever closer to where the threshold leaves (0, 1). The error is the change when
    all panels are halved.
    """
    scale = scale_named(comparison.scale)
    size, rates = _bends(prior, n)
    breaks = scale.control(rates, comparison.margin)

    def above(control: NDArray) -> NDArray:
        """P(treated > threshold) for every treated outcome, shape (n + 1, Q)."""
        threshold = scale.threshold(control, comparison.margin)
        table = _tails(prior, n, threshold)
        return np.where(threshold < 0, 1.0, np.where(threshold >= 1, 0.0, table))

    coarse, fine = (controls.table(above, breaks, refine) for refine in (0, 1))
    error = np.maximum(np.abs(fine - coarse), ROUNDING * size)
    return SuperiorityTable(np.clip(fine, 0.0, 1.0), error)


def _tails(prior: BetaMixture | Density, n: int, threshold: NDArray) -> NDArray:
    """Tails of the treated posteriors, shape (n + 1, Q)."""
    if isinstance(prior, BetaMixture):
        return _beta_tails(prior, n, threshold)
    return _density_tails(prior, n, threshold)


def _beta_tails(prior: BetaMixture, n: int, threshold: NDArray) -> NDArray:
    """Tails of the treated posteriors by the recurrence, shape (n + 1, Q)."""
    inside = np.clip(threshold, SMALLEST_RATE, 1.0)
    left = np.clip(1 - threshold, SMALLEST_RATE, 1.0)
    table = upper_tails(prior, n, np.log(inside), np.log(left))
    return np.where(threshold <= 0, 1.0, table)


def _density_tails(prior: Density, n: int, threshold: NDArray) -> NDArray:
    """Tails of treated posteriors that are densities, shape (n + 1, Q)."""
    posteriors = prior.update(np.arange(n + 1), n)[:, None]
    return posteriors.sf(np.clip(threshold, 0.0, 1.0))


def _bends(prior: BetaMixture | Density, n: int) -> tuple[float, NDArray]:
    """What treated posteriors are worth in patients, and treated rates at which they bend."""
    if isinstance(prior, BetaMixture):
        size, own = float((prior.a + prior.b).max()) + n, np.empty(0)
    else:
        mean, sd = float(prior.mean()), float(prior.std())
        size = (mean * (1 - mean) / sd**2 if sd > 0 else 0.0) + n
        own = np.concatenate([prior.link.rate(prior.curve.edges), prior.atoms])
    return size, np.concatenate([expit(_grid_of_logits(size)), own])


def _grid_of_logits(size: float) -> NDArray:
    """Log odds at which panels are split, for posteriors worth so many patients."""
    step = min(WIDEST_STEP, 4 / math.sqrt(size))
    core = np.arange(0.0, CORE_LOGIT, step)
    beyond = np.append(core, np.arange(CORE_LOGIT, FARTHEST_LOGIT, 2 * WIDEST_STEP))
    return np.concatenate([-beyond[:0:-1], beyond])


def _general_table(prior: Any, n: int, controls: Any, comparison: Comparison) -> SuperiorityTable:
    """Any two distributions: quadrature over the control, its error by refinement."""
    treated = prior.update(np.arange(n + 1), n)[:, None]
    margin, scale = comparison.margin, comparison.scale
    above = prob_greater(treated, controls, margin, scale)
    return SuperiorityTable(above, prob_greater_error(treated, controls, margin, scale))
