"""Climbing the likelihood of a Beta mixture: EM steps, then Newton's method within bounds."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import polygamma, psi

from bayesips.distributions.mixture_fit.likelihood import WeightedPoints, derivatives

PATIENCE = 5  # steps without a gain, each an eighth as long as the last
LARGEST_STEP = 1.5  # in any one log parameter
LEAST_LOGIT = -100.0  # a weight of e-100 is none
SAME_SIZE = 1e-9  # on the log scale


def maximise_shapes(parameters: NDArray, share: NDArray, points: WeightedPoints) -> NDArray:
    """The M-step: weights exactly, shapes by two Newton steps on their likelihood equations."""
    weighted = share * points.weight
    weight = np.maximum(weighted.sum(axis=-1), 1e-300)
    targets = [weighted @ row / weight for row in (points.log_rate, points.log_complement)]
    log_a, log_b = np.split(parameters, 3, axis=-1)[1:]
    for _ in range(2):
        log_a, log_b = _shape_step(log_a, log_b, *targets)
    return project(np.concatenate([np.log(weight), log_a, log_b], axis=-1), points)


def _shape_step(
    log_a: NDArray, log_b: NDArray, target_a: NDArray, target_b: NDArray
) -> tuple[NDArray, NDArray]:
    """One Newton step for psi(a) - psi(a + b) = E log theta and its mirror image."""
    a, b = np.exp(log_a), np.exp(log_b)
    shared = polygamma(1, a + b)
    slope_a, slope_b = polygamma(1, a) - shared, polygamma(1, b) - shared
    excess_a, excess_b = target_a - psi(a) + psi(a + b), target_b - psi(b) + psi(a + b)
    determinant = np.maximum(slope_a * slope_b - shared**2, 1e-300)
    step_a = (slope_b * excess_a + shared * excess_b) / determinant / a
    step_b = (slope_a * excess_b + shared * excess_a) / determinant / b
    return log_a + np.clip(step_a, -1, 1), log_b + np.clip(step_b, -1, 1)


def project(parameters: NDArray, points: WeightedPoints) -> NDArray:
    """The nearest allowed parameters: shapes not below their bound, no component too narrow."""
    logits, log_a, log_b = np.split(parameters, 3, axis=-1)
    least = np.log(points.least_shape)
    log_a, log_b = np.maximum(log_a, least), np.maximum(log_b, least)
    excess = np.maximum(_above_largest_size(log_a, log_b, points), 0)
    logits = np.maximum(logits - logits.max(axis=-1, keepdims=True), LEAST_LOGIT)
    shapes = [np.maximum(log_a - excess, least), np.maximum(log_b - excess, least)]
    return np.concatenate([logits, *shapes], axis=-1)


def _above_largest_size(log_a: NDArray, log_b: NDArray, points: WeightedPoints) -> NDArray:
    """log(a + b) above the logarithm that the least standard deviation at a / (a + b) allows."""
    log_size = np.logaddexp(log_a, log_b)
    mean = np.exp(log_a - log_size)
    spread = mean * np.exp(log_b - log_size)
    floor = np.interp(mean, points.rate, points.least_sd)
    return log_size - np.log(np.maximum(spread / floor**2 - 1, 1e-3))


def climb(
    parameters: NDArray, points: WeightedPoints, steps: int, smallest_gain: float
) -> tuple[NDArray, NDArray]:
    """Damped Newton ascent to the nearest maximum; returns parameters and mean log-likelihood.

    Curvature enters by absolute value (saddles repel); bounds are held by an active set.
    `parameters` is (starts, 3K).
    """
    value, gradient, hessian = derivatives(parameters, points)
    damping, idle = np.full(value.shape, 1e-3), np.zeros(value.shape)
    for _ in range(steps):
        step, promised = _newton_step(parameters, gradient, hessian, damping, points)
        trial = project(parameters + step, points)
        there = derivatives(trial, points)
        better = there[0] > value
        idle = np.where(there[0] > value + smallest_gain, 0, idle + 1)
        parameters = np.where(better[:, None], trial, parameters)
        gradient = np.where(better[:, None], there[1], gradient)
        hessian = np.where(better[:, None, None], there[2], hessian)
        value = np.where(better, there[0], value)
        damping = np.where(better, np.maximum(damping / 8, 1e-12), damping * 8)
        if np.all((promised < smallest_gain) | (idle >= PATIENCE)):
            break
    return parameters, value


def _newton_step(
    parameters: NDArray,
    gradient: NDArray,
    hessian: NDArray,
    damping: NDArray,
    points: WeightedPoints,
) -> tuple[NDArray, NDArray]:
    """Step in the free parameters, of limited length, and the gain it promises."""
    free = _free_directions(parameters, gradient, points)
    slope = (free @ gradient[..., None])[..., 0]
    values, vectors = np.linalg.eigh(free @ hessian @ free)
    along = (np.swapaxes(vectors, -1, -2) @ slope[..., None])[..., 0]
    along = along / (np.abs(values) + damping[..., None])
    step = (free @ (vectors @ along[..., None]))[..., 0]
    longest = np.abs(step).max(axis=-1, keepdims=True)
    step = step * np.minimum(1, LARGEST_STEP / np.maximum(longest, 1e-300))
    return step, (slope * step).sum(axis=-1)


def _free_directions(parameters: NDArray, gradient: NDArray, points: WeightedPoints) -> NDArray:
    """Projection (..., 3K, 3K) onto directions in which no active bound is pressed against."""
    components = parameters.shape[-1] // 3
    _, log_a, log_b = np.split(parameters, 3, axis=-1)
    _, slope_a, slope_b = np.split(gradient, 3, axis=-1)
    least = np.log(points.least_shape)
    held_a, held_b = (log_a <= least) & (slope_a < 0), (log_b <= least) & (slope_b < 0)
    narrowest = _above_largest_size(log_a, log_b, points) > -SAME_SIZE
    both = np.where(narrowest & (slope_a + slope_b > 0) & ~held_a & ~held_b, 0.5, 0.0)
    of_both = both[..., None] * np.eye(components)
    free = np.concatenate([np.ones_like(both), ~held_a - both, ~held_b - both], axis=-1)
    free = free[..., None] * np.eye(3 * components)
    free[..., components : 2 * components, 2 * components :] -= of_both
    free[..., 2 * components :, components : 2 * components] -= of_both
    return free
