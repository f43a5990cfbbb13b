"""Averaging over borrowing methods, only with weights that compare like with like.

Methods are weighed by how well each, having seen the same, predicted the same new data: the
concurrent controls given history, or each historical arm given the others. Marginal likelihoods of
history itself would not do: a power prior and a hierarchy do not give it the same probability
space. Without such data the average is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayesips.answer.control import MethodOrName, control_prior, needs_controls
from bayesips.borrowing import Method, as_method, method_name
from bayesips.distributions.any_distribution import Distribution
from bayesips.endpoints import Binary, Endpoint
from bayesips.errors import Refused
from bayesips.evidence.arm import Arm

FEWEST_ARMS = 2


@dataclass(frozen=True, eq=False)
class Averaged:
    """An average over methods.

    Attributes
    ----------
    methods : tuple of str
    weights : array, shape (methods,)
        Their posterior probabilities.
    log_predictive : array, shape (methods,)
        Log probability that each gave to the data it was weighed by.
    distribution : distribution
        The control rate: after the controls where they were the data, else before any.
    """

    methods: tuple[str, ...]
    weights: np.ndarray
    log_predictive: np.ndarray
    distribution: Distribution


def average_by_controls(
    arms: Sequence[Arm],
    methods: Sequence[MethodOrName],
    concurrent: Arm,
    *,
    prior_weights: Sequence[float] | np.ndarray | None = None,
    **analysis: Any,
) -> Averaged:
    """Methods weighed by p(concurrent controls | history, method), and their posteriors mixed.

    Parameters
    ----------
    arms : sequence of Arm
        History.
    methods : sequence of method, class or name
        None of them may need the controls itself: it would predict what it had seen.
    concurrent : Arm
        One count of the trial's own controls.
    prior_weights : array, optional
        Probability of each method before the data; equal unless said.
    **analysis
        `endpoint`, `bias`, `robust`, `engine`, `seed` as in `control_prior`.

    Raises
    ------
    Refused
        If there are no controls, or a method learns from them.
    """
    if np.ndim(concurrent.successes) or concurrent.n == 0:
        raise Refused(
            f"{concurrent.label}: averaging needs one count of one or more concurrent controls"
        )
    chosen = _without_controls(methods)
    priors = [control_prior(arms, method, **analysis) for method in chosen]
    logs = [prior.predictive(concurrent.n).logpmf(concurrent.successes) for prior in priors]
    posteriors = [prior.update(concurrent.successes, concurrent.n) for prior in priors]
    return _averaged(chosen, np.array(logs, dtype=float), posteriors, prior_weights)


def average_by_arms(
    arms: Sequence[Arm],
    methods: Sequence[MethodOrName],
    *,
    prior_weights: Sequence[float] | np.ndarray | None = None,
    **analysis: Any,
) -> Averaged:
    """Methods weighed by the product of p(one arm | the others, method), and their priors mixed.

    The weights are those of cross-validated predictive densities (Geisser & Eddy 1979, J Am Stat
    Assoc 74:153-60); they are not a marginal likelihood.

    Parameters
    ----------
    arms, methods, prior_weights, **analysis
        As in `average_by_controls`.

    Raises
    ------
    Refused
        With fewer than two arms, or an arm that is not one count at the landmark.
    """
    if len(arms) < FEWEST_ARMS:
        raise Refused(
            f"{len(arms)} historical arm: without concurrent controls, methods are weighed by how "
            "they predict each arm from the others, which takes two or more; they are not averaged"
        )
    endpoint = analysis.get("endpoint") or Binary()
    for arm in arms:
        _check_count(arm, endpoint)
    chosen = _without_controls(methods)
    logs = np.array([_left_out(arms, method, analysis) for method in chosen])
    priors = [control_prior(arms, method, **analysis) for method in chosen]
    return _averaged(chosen, logs, priors, prior_weights)


def _left_out(arms: Sequence[Arm], method: Method, analysis: dict[str, Any]) -> float:
    """Sum of the log predictive probabilities of each arm, given the others."""
    total = 0.0
    for place, arm in enumerate(arms):
        others = [*arms[:place], *arms[place + 1 :]]
        prior = control_prior(others, method, **analysis)
        total += float(prior.predictive(arm.n).logpmf(arm.successes))
    return total


def _without_controls(methods: Sequence[MethodOrName]) -> list[Method]:
    """Methods that use history alone; others are refused."""
    found = [as_method(method) for method in methods]
    if not found:
        raise Refused("no methods to average over")
    learning = [method_name(method) for method in found if needs_controls(method)]
    if learning:
        raise Refused(
            f"{', '.join(learning)} cannot be averaged over: it needs controls to choose its "
            "prior, and would then predict what it has seen"
        )
    return found


def _check_count(arm: Arm, endpoint: Endpoint) -> None:
    """Refuse an arm whose count is not one of the landmark asked about."""
    elsewhere = not endpoint.conjugate and arm.day not in (None, getattr(endpoint, "day", None))
    if arm.relation != "=" or arm.observations or arm.batch_shape or elsewhere:
        raise Refused(
            f"{arm.label}: only one count at the landmark can be predicted from the other arms; "
            "methods are not averaged"
        )


def _averaged(
    methods: Sequence[Method],
    logs: np.ndarray,
    parts: Sequence[Distribution],
    prior_weights: Sequence[float] | np.ndarray | None,
) -> Averaged:
    """Weights from log predictive probabilities, and the mixture."""
    prior = np.ones(len(methods)) if prior_weights is None else np.asarray(prior_weights, float)
    if prior.shape != (len(methods),) or not np.all(prior >= 0) or not prior.sum() > 0:
        raise Refused(f"prior weights are {prior_weights}; one of 0 or more for each method")
    with np.errstate(divide="ignore"):
        total = logs + np.log(prior)
    if not np.isfinite(total.max()):
        raise Refused("no method gives these data any probability; they are not averaged")
    weights = np.exp(total - total.max())
    weights /= weights.sum()
    names = tuple(method_name(method) for method in methods)
    return Averaged(names, weights, logs, _mixed(parts, weights))


def _mixed(parts: Sequence[Distribution], weights: np.ndarray) -> Distribution:
    """The mixture of distributions by their weights."""
    used = [(part, weight) for part, weight in zip(parts, weights, strict=True) if weight > 0]
    mixture, so_far = used[0]
    for part, weight in used[1:]:
        so_far = so_far + weight
        mixture = mixture.mix(part, weight / so_far)
    return mixture
