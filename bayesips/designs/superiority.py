"""P(effect > margin) for every pair of outcomes of a two-arm trial, with its numerical error.

Beta mixtures on the treated side, the usual case, take paths that share their work over all
pairs, against Beta mixtures and against densities; everything else is
`bayesips.distributions.effects.prob_greater`, batched.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from bayesips.designs.arm_analysis import ArmAnalysis, Prior
from bayesips.designs.comparison import Comparison
from bayesips.designs.control_masses import control_masses
from bayesips.designs.tails import upper_tails
from bayesips.distributions import BetaMixture
from bayesips.distributions.convert import as_density
from bayesips.distributions.density import Density
from bayesips.distributions.effects import prob_greater
from bayesips.distributions.effects.scales import scale_named
from bayesips.errors import NotSettled

TARGET_ERROR = 1e-13  # of the conjugate path, before rounding
ROUNDING = 2.0**-52  # per patient that the two posteriors are worth: exponents are that large
FINEST_STEP = 2e-4  # a rule that fine and not settled is a defect
SMALLEST_RATE = 1e-300  # thresholds at 0 and 1 are set apart, their logs only need to exist
CORE_LOGIT, FARTHEST_LOGIT = 9.0, 34.0  # finely split within, geometrically in the rate beyond
WIDEST_STEP = 1.0  # between log odds at which panels are split
MATRIX_PRODUCT = (BetaMixture, Density)  # distributions whose tables are one matrix product


@dataclass(frozen=True)
class SuperiorityTable:
    """P(effect > margin): `above`, shape (n_treated + 1, n_control + 1), and its error."""

    above: NDArray
    error: NDArray


def superiority_table(
    treated: ArmAnalysis, control: ArmAnalysis, comparison: Comparison
) -> SuperiorityTable:
    """P(effect > margin) for every pair of outcomes.

    Parameters
    ----------
    treated, control : ArmAnalysis
        Prior and patients of each arm.
    comparison : Comparison
        Margin and scale.

    Raises
    ------
    NotSettled
        If the quadrature does not settle.
    """
    if comparison.settled:
        shape = (treated.n + 1, control.n + 1)
        return SuperiorityTable(np.full(shape, float(comparison.margin < 0)), np.zeros(shape))
    prior, controls = treated.prior, control.posteriors
    if isinstance(prior, BetaMixture) and isinstance(controls, BetaMixture):
        return _conjugate_table(prior, treated.n, (control.prior, controls), comparison)
    if isinstance(prior, MATRIX_PRODUCT) and isinstance(controls, MATRIX_PRODUCT):
        return _density_table(prior, treated, as_density(controls), comparison)
    return _general_table(treated, control, comparison)


def _conjugate_table(
    prior: BetaMixture, n: int, control: tuple[Prior, BetaMixture], comparison: Comparison
) -> SuperiorityTable:
    """Both arms Beta mixtures: tail table times density table, one matrix product.

    Two interleaved rules share the work; for an analytic integrand the error of both together is
    the square of their difference. `control` is its prior and its posteriors.
    """
    _, controls = control
    smallest = min(shapes.min() for each in (prior, controls) for shapes in (each.a, each.b))
    size = float(sum((each.a + each.b).max() for each in (prior, controls)) + n)
    certain = controls.cdf(comparison.certain_below)
    rounding, step = ROUNDING * size, _first_step(size)
    while step > FINEST_STEP:
        nodes = comparison.nodes(step, smallest)
        tails = upper_tails(prior, n, nodes.log_threshold, nodes.log_threshold_complement)
        masses = control_masses(*control, nodes)
        half = masses.shape[1] // 2
        first, second = (
            tails[:, each] @ masses[:, each].T for each in (slice(half), slice(half, None))
        )
        if np.square(first - second).max() < TARGET_ERROR:
            total = np.clip(first + second + certain, 0.0, 1.0)
            return SuperiorityTable(total, np.full_like(total, TARGET_ERROR + rounding))
        step /= 2
    raise NotSettled(f"P(effect > {comparison.margin}) did not settle within {TARGET_ERROR}")


def _first_step(size: float) -> float:
    """Step that resolves posteriors worth so many patients: an sd of s wants about s / 2."""
    narrowest = 2 / math.pi / math.sqrt(size + 4)
    return min(narrowest / 1.9, 0.125)


def _density_table(
    prior: BetaMixture | Density, treated: ArmAnalysis, controls: Density, comparison: Comparison
) -> SuperiorityTable:
    """Controls densities: table of treated tails times node masses, one product.

    Panels are split where the threshold's log odds pass a grid as wide as the narrowest treated
    posterior, and ever closer to where the threshold leaves (0, 1). The error is the change when
    all panels are halved.
    """
    scale = scale_named(comparison.scale)
    size, rates = _bends(prior, treated.n)
    breaks = scale.control(rates, comparison.margin)

    def above(control: NDArray) -> NDArray:
        """P(treated > threshold) for every treated outcome, shape (n + 1, Q)."""
        threshold = scale.threshold(control, comparison.margin)
        table = _tails(prior, treated, threshold)
        return np.where(threshold < 0, 1.0, np.where(threshold >= 1, 0.0, table))

    coarse, fine = (controls.table(above, breaks, refine) for refine in (0, 1))
    error = np.maximum(np.abs(fine - coarse), ROUNDING * size)
    return SuperiorityTable(np.clip(fine, 0.0, 1.0), error)


def _tails(prior: BetaMixture | Density, treated: ArmAnalysis, threshold: NDArray) -> NDArray:
    """Tails of the treated posteriors, shape (n + 1, Q); of Beta mixtures by the recurrence."""
    if isinstance(prior, Density):
        return treated.posteriors[:, None].sf(np.clip(threshold, 0.0, 1.0))
    inside = np.clip(threshold, SMALLEST_RATE, 1.0)
    left = np.clip(1 - threshold, SMALLEST_RATE, 1.0)
    table = upper_tails(prior, treated.n, np.log(inside), np.log(left))
    return np.where(threshold <= 0, 1.0, table)


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


def _general_table(
    treated: ArmAnalysis, control: ArmAnalysis, comparison: Comparison
) -> SuperiorityTable:
    """Any two distributions: quadrature over the control, its error by refinement."""
    pair = treated.posteriors[:, None], control.posteriors
    above = prob_greater(*pair, comparison.margin, comparison.scale)
    return SuperiorityTable(np.asarray(above), above.error)
