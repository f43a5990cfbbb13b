"""Adverse events: what earlier patients say, and when too many stop the trial; exact."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesips.designs.analyses import OneArm
from bayesips.designs.rule import Criterion, Rule
from bayesips.designs.sequential import SequentialDesign
from bayesips.distributions import BetaMixture
from bayesips.distributions.any_distribution import Distribution
from bayesips.errors import Refused


def event_rate(prior: BetaMixture, events: int, n: int, discount: float = 1.0) -> BetaMixture:
    """Posterior of an event's rate after earlier patients.

    Parameters
    ----------
    prior : BetaMixture
        Before them; a single Beta.
    events, n : int
        Events among the earlier patients.
    discount : float
        What an earlier patient counts for, in [0, 1] (a fixed power prior).

    Returns
    -------
    BetaMixture

    Raises
    ------
    Refused
        If the discount lies outside [0, 1], there are more events than patients, or the prior is
        no single Beta.
    """
    if not 0 <= discount <= 1:
        raise Refused(f"discount is {discount}; allowed are 0 to 1")
    if not 0 <= events <= n:
        raise Refused(f"{events} events among {n} patients; allowed are 0 to n")
    if prior.a.shape != (1,):
        raise Refused(f"prior has {prior.a.shape} parts; a discount needs a single Beta")
    a, b = float(prior.a[0]), float(prior.b[0])
    return BetaMixture(1.0, a + discount * events, b + discount * (n - events))


def safety_rule(
    looks: Sequence[int], prior: Distribution, limit: float, probability: float
) -> SequentialDesign:
    """Stop where P(event rate > limit | data) > probability, at any of the looks.

    Parameters
    ----------
    looks : sequence of int
        Treated patients at each look.
    prior : distribution
        Of the event's rate, history included (`event_rate`).
    limit : float
        The rate that is too high.
    probability : float
        How sure one must be that it is.

    Returns
    -------
    SequentialDesign
        Its outcomes are numbers of events; it fails where it stops and succeeds where the last
        look passes, so that `power(rate)` is the probability of never stopping.
    """
    analysis, rule = OneArm(prior), Rule([Criterion(limit, probability)])
    stops = [analysis.decisions((n,), rule) for n in looks]
    none = [np.zeros_like(stop) for stop in stops[:-1]]
    return SequentialDesign(looks, [*none, ~stops[-1]], stops)


def stopping_probability(design: SequentialDesign, rate: ArrayLike) -> NDArray:
    """P(a safety rule ever stops the trial) at true event rates."""
    return design.futility_probabilities(rate).sum(axis=0)


def fewest_events(design: SequentialDesign) -> list[int | None]:
    """Fewest events that stop the trial at each look; None where none does."""
    return [int(np.argmax(stop)) if stop.any() else None for stop in design.futility]
