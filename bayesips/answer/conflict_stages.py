"""Evans and Moshonov's check of a hierarchy, stage by stage: hyperpriors, then the controls.

The counts of the arms and of the controls have one joint predictive distribution, which factors as
m(arms) m(controls | arms). Each factor checks a part of the prior (Evans & Moshonov 2006, Bayesian
Analysis 1, 893): the first holds the hyperpriors of mu and tau against history, the second, the
tail that `bayesips.distributions.conflict` gives, holds history against the controls.

The first is about mu and tau only, so it looks at their minimal sufficient statistic: arms of
equal size are exchangeable, and which of them had which count says nothing of mu and tau. The
statistic is the counts sorted within arms of one size; its probability is that of the counts times
the number of orders they could stand in. Here the check differs from Box's (1980), which takes the
counts in their order. No function of binomial counts has a distribution free of mu but not of tau,
so the two hyperpriors are checked together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from bayesips.answer.control import MethodOrName, control_prior
from bayesips.borrowing import Method, as_method, method_name
from bayesips.borrowing.map import Map
from bayesips.distributions.conflict import box_p_value
from bayesips.distributions.priors import Prior
from bayesips.endpoints import Binary
from bayesips.engine import exact
from bayesips.errors import NotSettled, Refused
from bayesips.evidence.arm import Arm

# Histories with no more possible outcomes than this are summed; others are drawn.
MOST_OUTCOMES = 4000
# Log probabilities settle within the first; closer to each other than the second they are ties.
TOLERANCE, TIE = 1e-6, 1e-5
# How far from 1 the probabilities of all outcomes may sum.
WHOLE = 1e-4


@dataclass(frozen=True)
class StagedConflict:
    """The two stages of the check.

    Attributes
    ----------
    hyperpriors : float
        Probability, before history, of sorted counts no likelier than those of the arms.
    error : float
        Its Monte Carlo standard error; 0 where every outcome was summed.
    draws : int
        Histories drawn; 0 where every outcome was summed.
    controls : array or None
        Probability, given history, of a count no likelier than that of the controls.
    """

    hyperpriors: float
    error: float
    draws: int
    controls: Any


def evans_moshonov_stages(
    arms: Sequence[Arm],
    method: MethodOrName = "map",
    concurrent: Arm | None = None,
    *,
    draws: int = 1000,
    seed: int = 1,
) -> StagedConflict:
    """Hold the hyperpriors of a MAP against history, and history against the controls.

    The second stage is worth reading only where the first is no surprise.

    Parameters
    ----------
    arms : sequence of Arm
        One count each, at the landmark.
    method : Map or "map"
    concurrent : Arm, optional
        The trial's own controls; `successes` may be an array.
    draws : int
        Histories drawn from the prior, where there are more than 4000 possible ones.
    seed : int
        Of the draws.

    Returns
    -------
    StagedConflict
        A drawn tail is (k + 1) / (draws + 1), k of the draws being no likelier than history.

    Raises
    ------
    Refused
        If the method is no MAP, its tau is known to be 0 (the arms are then one arm), an arm is
        not a single count, or there are no draws.
    NotSettled
        If the probabilities do not settle.
    """
    if seed < 0:
        raise Refused(f"seed is {seed}; a whole number from 0 up is required")
    method = _checked(as_method(method), arms, draws)
    if math.prod(int(arm.n) + 1 for arm in arms) <= MOST_OUTCOMES:
        tail, error, draws = _summed(method, arms), 0.0, 0
    else:
        tail = _drawn(method, arms, draws, np.random.default_rng(seed))
        error = math.sqrt(tail * (1 - tail) / draws)
    if concurrent is None:
        return StagedConflict(tail, error, draws, None)
    prior = control_prior(arms, method)
    controls = box_p_value(prior, concurrent.successes, int(concurrent.n))
    return StagedConflict(tail, error, draws, controls)


def _checked(method: Method, arms: Sequence[Arm], draws: int) -> Map:
    """A MAP with unknown spread on single counts."""
    if not isinstance(method, Map):
        raise Refused(
            f"the method is {method_name(method)}; hyperpriors are checked of map, whose "
            "predictive distribution of several arms is known"
        )
    if method.tau is not None and tuple(method.tau) == ("fixed", 0):
        raise Refused(
            "tau is fixed at 0: all arms are one, with the sum of their counts; use "
            "evans_moshonov_p_value"
        )
    for arm in arms:
        if not isinstance(arm, Arm) or arm.batch_shape or arm.relation != "=" or arm.observations:
            raise Refused(f"{arm.label}: one count at the landmark is required, without bounds")
    if not arms or draws < 1:
        raise Refused(f"{len(arms)} arms and {draws} draws given; 1 or more of each is needed")
    return method


def _summed(method: Map, arms: Sequence[Arm]) -> float:
    """The tail as a sum over every outcome."""
    every = np.indices([int(arm.n) + 1 for arm in arms]).reshape(len(arms), -1)
    distinct = np.unique(_sorted(every, arms), axis=1)
    logs = _log_probability(method, arms, distinct)
    whole = float(np.exp(special.logsumexp(logs)))
    if abs(whole - 1) > WHOLE:
        raise NotSettled(f"the probabilities of all outcomes sum to {whole:.6g}, not to 1")
    rare = logs <= _observed(method, arms) + TIE
    return min(float(np.exp(logs[rare]).sum()), 1.0)


def _drawn(method: Map, arms: Sequence[Arm], draws: int, rng: np.random.Generator) -> float:
    """The tail as a share of histories drawn from the prior."""
    counts = _sorted(_histories(method, arms, draws, rng), arms)
    distinct, times = np.unique(counts, axis=1, return_counts=True)
    rare = _log_probability(method, arms, distinct) <= _observed(method, arms) + TIE
    return float((times[rare].sum() + 1) / (draws + 1))


def _histories(
    method: Map, arms: Sequence[Arm], draws: int, rng: np.random.Generator
) -> np.ndarray:
    """Counts of all arms drawn from the prior, shape (arms, draws)."""
    defaults = Binary().defaults
    mu, tau = (
        Prior.parse(declared or defaults[name]).rvs(draws, rng)
        for name, declared in (("mu", method.mu), ("tau", method.tau))
    )
    rates = special.expit(mu + tau * rng.standard_normal((len(arms), draws)))
    return rng.binomial([[int(arm.n)] for arm in arms], rates)


def _observed(method: Map, arms: Sequence[Arm]) -> float:
    """Log probability of the statistic that was seen."""
    counts = np.array([[int(arm.successes)] for arm in arms])
    return float(_log_probability(method, arms, counts)[0])


def _log_probability(method: Map, arms: Sequence[Arm], counts: np.ndarray) -> np.ndarray:
    """Log probability of the sorted counts, one for each column."""
    cells = [
        Arm(f"arm {place}", successes, int(arm.n))
        for place, (arm, successes) in enumerate(zip(arms, counts, strict=True), start=1)
    ]
    logs = exact.log_evidence(method, cells, endpoint=Binary(), tolerance=TOLERANCE)
    return np.asarray(logs) + _log_orders(arms, counts)


def _groups(arms: Sequence[Arm]) -> list[np.ndarray]:
    """Places of the arms of each size."""
    sizes = np.array([int(arm.n) for arm in arms])
    return [np.flatnonzero(sizes == size) for size in np.unique(sizes)]


def _sorted(counts: np.ndarray, arms: Sequence[Arm]) -> np.ndarray:
    """Counts in rising order within arms of one size."""
    found = counts.copy()
    for places in _groups(arms):
        found[places] = np.sort(counts[places], axis=0)
    return found


def _log_orders(arms: Sequence[Arm], counts: np.ndarray) -> np.ndarray:
    """Log of the number of orders in which the counts could stand."""
    logs = np.zeros(counts.shape[1])
    for places in _groups(arms):
        logs += special.gammaln(len(places) + 1)
        for value in range(int(counts[places].max()) + 1):
            logs -= special.gammaln((counts[places] == value).sum(axis=0) + 1)
    return logs
