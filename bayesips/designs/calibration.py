"""The probability a rule must ask for so that its type I error is the stated one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayesips.designs.rule import TIE, Rule
from bayesips.designs.single_arm import SingleArmDesign
from bayesips.designs.two_arm import TwoArmDesign
from bayesips.designs.worst_case import WorstCase, worst_case
from bayesips.distributions.effects.scales import scale_named
from bayesips.errors import Refused

Design = SingleArmDesign | TwoArmDesign


@dataclass(frozen=True, eq=False)
class Calibrated:
    """A design whose first criterion asks for `probability`, and the type I error it then has.

    `type1` is the error that was calibrated; `worst` is its certified maximum over the null.
    """

    probability: float
    type1: float
    worst: WorstCase
    design: Design


def calibrate(
    design: Design,
    alpha: float,
    margin: float | None = None,
    history: float | None = None,
) -> Calibrated:
    """The least probability for the first criterion that keeps the type I error at alpha.

    Parameters
    ----------
    design : SingleArmDesign or TwoArmDesign
        Its first criterion is calibrated; further ones stay as they are.
    alpha : float
        Largest type I error.
    margin : float, optional
        Edge of the null; default no effect. For one arm the null rate, required.
    history : float, optional
        Calibrate where the control rate is this and the effect is the margin. Default: over the
        whole null region, certified.

    Raises
    ------
    Refused
        If alpha lies outside (0, 1), or one arm has no null rate.
    """
    if not 0 < alpha < 1:
        raise Refused(f"alpha is {alpha}; allowed are 0 to 1, exclusive")
    error = _worst_error(design, margin, alpha)
    if history is not None:
        error = _error_at(design, margin, history)
    asked = _least_probability(design, lambda success: error(success) <= alpha)
    rule = design.rule
    first = replace(rule.criteria[0], probability=asked)
    calibrated = design.with_rule(Rule((first, *rule.criteria[1:]), rule.scale))
    worst = worst_case(calibrated.decisions(), margin, rule.scale)
    at = worst.bound if history is None else error(calibrated.decisions())
    return Calibrated(asked, at, worst, calibrated)


def _worst_error(design: Design, margin: float | None, alpha: float) -> Callable[[NDArray], float]:
    """The certified maximum, as far as it takes to compare it with alpha."""
    scale = design.rule.scale
    return lambda success: worst_case(success, margin, scale, level=alpha).bound


def _error_at(design: Design, margin: float | None, history: float) -> Callable[[NDArray], float]:
    """The error at one point of the edge of the null."""
    if isinstance(design, SingleArmDesign):
        return lambda success: float(design.expectation(success, history))
    edge = edge_rate(history, margin, design)
    return lambda success: float(design.expectation(success, edge, history))


def edge_rate(control: float, margin: float | None, design: TwoArmDesign) -> float:
    """The treated rate whose effect over a control rate is the margin, kept in [0, 1]."""
    scale = scale_named(design.rule.scale)
    value = scale.no_effect if margin is None else margin
    return float(np.clip(scale.threshold(control, value), 0.0, 1.0))


def _least_probability(design: Design, kept: Callable[[NDArray], bool]) -> float:
    """Bisection over the probabilities that occur; each one asked for excludes itself."""
    held, others = _held(design)
    values = np.unique(np.concatenate([[0.0], held[others]]))
    low, high = 0, len(values) - 1
    while low < high:
        middle = (low + high) // 2
        if kept((held - values[middle] > TIE) & others):
            high = middle
        else:
            low = middle + 1
    return float(values[low])


def _held(design: Design) -> tuple[NDArray, NDArray]:
    """The first criterion's probabilities, and the outcomes at which all other criteria hold."""
    first, *rest = design.rule.criteria
    if isinstance(design, SingleArmDesign):
        above = list(design.probabilities)
    else:
        above = [table.above for table in design.tables]
    others = np.ones(above[0].shape, dtype=bool)
    for criterion, each in zip(rest, above[1:], strict=True):
        others &= criterion.met(each)
    return first.probability_held(above[0]), others
