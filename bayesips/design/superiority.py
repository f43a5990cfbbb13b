"""P(effect > margin) for every pair of outcomes of a two-arm trial, with its numerical error."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln

from bayesips.design import pair_nodes
from bayesips.design.rule import Criterion, Scale
from bayesips.design.tails import upper_tails
from bayesips.distributions.beta_mixture import BetaMixture

TARGET_ERROR = 1e-13  # of a probability by the conjugate path
FINEST_STEP = 2e-4  # a rule that fine and not settled is a defect
SMALLEST_RATE = 1e-300  # so that the log of a node at 0 stays finite
CELLS_AT_ONCE = 20_000_000  # doubles in one block of the general path


@dataclass(frozen=True)
class SuperiorityTable:
    """P(effect > margin): `above`, shape (n_treated + 1, n_control + 1), and its error bound."""

    above: NDArray
    error: NDArray


def superiority_table(
    prior_treated: Any, n_treated: int, controls: Any, criterion: Criterion, scale: Scale
) -> SuperiorityTable:
    """P(effect > threshold of the criterion) for every outcome.

    Parameters
    ----------
    prior_treated : distribution
        Of the treated rate; a BetaMixture takes the fast path.
    n_treated : int
        Treated patients.
    controls : distribution, batch shape (n_control + 1,)
        Of the control rate, one for each number of control successes.
    criterion : Criterion
        Gives the margin, and the probability near which a finer rule is asked.
    scale : {"difference", "ratio", "odds_ratio"}

    Raises
    ------
    ArithmeticError
        If the quadrature does not settle.
    """
    margin = criterion.threshold
    interval = pair_nodes.open_interval(margin, scale)
    if interval is None:
        shape = (n_treated + 1, *controls.batch_shape)
        return SuperiorityTable(np.full(shape, float(margin < 0)), np.zeros(shape))
    if isinstance(prior_treated, BetaMixture) and isinstance(controls, BetaMixture):
        return _conjugate_table(prior_treated, n_treated, controls, margin, scale)
    return _general_table(prior_treated, n_treated, controls, margin, scale)


def _conjugate_table(
    prior: BetaMixture, n: int, controls: BetaMixture, margin: float, scale: Scale
) -> SuperiorityTable:
    """Both arms Beta mixtures: pdf table times tail table, one matrix product.

    Two interleaved rules share the work; for an analytic integrand the error of both together is
    the square of their difference.
    """
    interval = pair_nodes.open_interval(margin, scale)
    smallest = min(x.min() for x in (prior.a, prior.b, controls.a, controls.b))
    certain = controls.cdf(pair_nodes.certain_below(margin, scale))
    step = _first_step(prior, n, controls)
    while step > FINEST_STEP:
        nodes = pair_nodes.pair_nodes(margin, scale, interval, step, smallest)
        halves = _half_sums(prior, n, controls, nodes)
        error = (halves[0] - halves[1]) ** 2
        if error.max() < TARGET_ERROR:
            total = np.clip(halves[0] + halves[1] + certain, 0.0, 1.0)
            return SuperiorityTable(total, np.full_like(total, TARGET_ERROR))
        step /= 2
    raise ArithmeticError(
        f"P(effect > {margin}) did not settle within {TARGET_ERROR} at step {step}"
    )


def _first_step(prior: BetaMixture, n: int, controls: BetaMixture) -> float:
    """Step that resolves the narrowest posteriors: a Gaussian of sd s wants about s / 2."""
    sizes = ((prior.a + prior.b).max() + n, (controls.a + controls.b).max())
    narrowest = 2 / math.pi / math.sqrt(sum(sizes) + 4)
    return min(narrowest / 1.9, 0.125)


def _half_sums(
    prior: BetaMixture, n: int, controls: BetaMixture, nodes: pair_nodes.PairNodes
) -> tuple[NDArray, NDArray]:
    """The sums over every other node, shape (n + 1, n_control + 1) each."""
    tails = upper_tails(prior, n, nodes.log_threshold, nodes.log_threshold_complement)
    densities = _weighted_densities(controls, nodes)
    return tails[:, ::2] @ densities[:, ::2].T, tails[:, 1::2] @ densities[:, 1::2].T


def _weighted_densities(controls: BetaMixture, nodes: pair_nodes.PairNodes) -> NDArray:
    """Density of the control rate times the weight of the node, shape (n_control + 1, Q)."""
    with np.errstate(divide="ignore"):
        constant = np.log(controls.weights) - betaln(controls.a, controls.b)
    total = np.zeros((constant.shape[0], len(nodes.log_weight)))
    for component in range(constant.shape[1]):
        a, b = controls.a[:, component, None], controls.b[:, component, None]
        exponent = (a - 1) * nodes.log_control + (b - 1) * nodes.log_control_complement
        total += np.exp(constant[:, component, None] + exponent + nodes.log_weight)
    return total


def _general_table(
    prior: Any, n: int, controls: Any, margin: float, scale: Scale
) -> SuperiorityTable:
    """Any two distributions: the control's own expectation, at two refinements."""
    block = max(1, CELLS_AT_ONCE // ((n + 1) * 2000))
    count = controls.batch_shape[0]
    parts = [
        _expected_tails(prior, n, controls[start : start + block], margin, scale)
        for start in range(0, count, block)
    ]
    coarse, fine = (np.concatenate(each, axis=1) for each in zip(*parts, strict=True))
    return SuperiorityTable(np.clip(fine, 0.0, 1.0), np.abs(fine - coarse))


def _expected_tails(
    prior: Any, n: int, controls: Any, margin: float, scale: Scale
) -> tuple[NDArray, NDArray]:
    """E[P(treated > threshold(control))] at two refinements, shape (n + 1, controls) each."""

    def tails(control: NDArray) -> NDArray:
        limit = pair_nodes.threshold(control, margin, scale)
        inside = np.clip(limit, 0.0, 1.0)
        above = _tails_of(prior, n, np.atleast_2d(inside))
        return np.where(limit < 0, 1.0, np.where(limit > 1, 0.0, above))

    kinks = pair_nodes.breaks(margin, scale)
    coarse, fine = (controls.expect(tails, breaks=kinks, refine=level) for level in (0, 1))
    return np.asarray(coarse), np.asarray(fine)


def _tails_of(prior: Any, n: int, rate: NDArray) -> NDArray:
    """P(treated > rate | y) for y = 0..n, shape (n + 1, *rate.shape)."""
    if isinstance(prior, BetaMixture):
        log_rate = np.log(np.maximum(rate, SMALLEST_RATE))
        return upper_tails(prior, n, log_rate, np.log1p(-np.minimum(rate, 1 - 1e-16)))
    treated = prior.update(np.arange(n + 1), n)
    return treated[(slice(None), *(None,) * rate.ndim)].sf(rate)
