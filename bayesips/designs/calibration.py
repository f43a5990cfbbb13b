"""The probability a rule must ask for so that its type I error is the stated one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayesips.designs.binomial import check_level, table_expectation
from bayesips.designs.looks import MonitoredDesign
from bayesips.designs.rule import Rule
from bayesips.designs.single_arm import SingleArmDesign
from bayesips.designs.two_arm import TwoArmDesign
from bayesips.designs.worst_case import WorstCase, worst_case
from bayesips.distributions.effects.scales import scale_named
from bayesips.distributions.rule import exceeds
from bayesips.errors import Refused

Design = SingleArmDesign | TwoArmDesign | MonitoredDesign
Error = Callable[[NDArray], float]  # of P(success | outcome)


@dataclass(frozen=True, eq=False)
class Calibrated[D: (SingleArmDesign, TwoArmDesign, MonitoredDesign)]:
    """A design whose first criterion asks for `probability`, and the type I error it then has.

    `type1` is the error that was calibrated; `worst` is its certified maximum over the null.
    """

    probability: float
    type1: float
    worst: WorstCase
    design: D


def calibrate[D: (SingleArmDesign, TwoArmDesign, MonitoredDesign)](
    design: D,
    alpha: float,
    margin: float | None = None,
    history: float | None = None,
) -> Calibrated[D]:
    """The least probability for the first criterion that keeps the type I error at alpha.

    Parameters
    ----------
    design : SingleArmDesign, TwoArmDesign or MonitoredDesign
        Its first criterion is calibrated; further ones, and rules of interim looks, stay as they
        are.
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
        If alpha lies outside (0, 1), one arm has no null rate, or the design has no rule.
    """
    check_level(alpha)
    if not isinstance(design, Design):
        raise Refused(
            f"a {type(design).__name__} has no rule to calibrate; allowed are SingleArmDesign, "
            "TwoArmDesign and, for several looks, MonitoredDesign"
        )
    scale = design.rule.scale
    error = _worst_error(margin, design.rule, alpha)
    if history is not None:
        error = _error_at(margin, design.rule, history)
    asked = _least_probability(design, error, alpha)
    calibrated = design.with_rule(_asking(design.rule, asked))
    worst = worst_case(calibrated.success_table, margin, scale)
    at = worst.bound if history is None else error(calibrated.success_table)
    return Calibrated(asked, at, worst, calibrated)


def _worst_error(margin: float | None, rule: Rule, alpha: float) -> Error:
    """The certified maximum, as far as it takes to compare it with alpha."""
    return lambda success: worst_case(success, margin, rule.scale, level=alpha).bound


def _error_at(margin: float | None, rule: Rule, history: float) -> Error:
    """The error at one point of the edge of the null, the treated rate kept in [0, 1]."""
    scale = scale_named(rule.scale)
    edge = scale.threshold(history, scale.no_effect if margin is None else margin)
    pair = float(np.clip(edge, 0.0, 1.0)), history
    return lambda success: float(
        table_expectation(success, *(pair if success.ndim > 1 else (history,)))
    )


def _least_probability(design: Design, error: Error, alpha: float) -> float:
    """Bisection over the probabilities that occur; each one asked for excludes itself."""
    first, *others = zip(design.rule.criteria, design.above, strict=True)
    held = first[0].probability_held(first[1])
    allowed = np.ones(held.shape, dtype=bool)
    for criterion, above in others:
        allowed &= criterion.met(above)
    values = np.unique(np.concatenate([[0.0], held[allowed], [1.0]])).tolist()
    low, high = 0, len(values) - 1
    while low < high:
        middle = (low + high) // 2
        if exceeds(error(design.success_under(_asking(design.rule, values[middle]))), alpha):
            low = middle + 1
        else:
            high = middle
    return float(values[low])


def _asking(rule: Rule, probability: float) -> Rule:
    """The rule, its first criterion asking for another probability."""
    first, *others = rule.criteria
    return Rule((replace(first, probability=probability), *others), rule.scale)
