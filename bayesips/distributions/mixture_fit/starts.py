"""Where to start the climb to a Beta mixture: partitions, splits, and components that are missed.

Everything is deterministic. A component is worth inserting where the score test of its weight is
largest, the vertex direction of Lindsay (1983, Annals of Statistics 11, 86).
"""

import numpy as np
from numpy.typing import NDArray

from bayesips.distributions.mixture_fit.climb import project
from bayesips.distributions.mixture_fit.likelihood import WeightedPoints, log_joint

PLACES = 100  # centres tried for an inserted component
APART = 0.5  # two insertions of one width differ by this many of their sds, or more


def starting_parameters(
    points: WeightedPoints, components: int, previous: NDArray | None, widths: tuple[float, ...]
) -> NDArray:
    """Starting parameters, shape (starts, 3 * components), each allowed by `points`.

    `previous` is the fit with one component fewer, or None for the first; `widths` are those of
    inserted components, in standard deviations of all points.
    """
    starts = [_partition(points, components)]
    if previous is not None:
        starts += _splits(previous)
        starts += _insertions(points, previous, widths)
    return project(np.array(starts), points)


def _shapes(mean: NDArray, sd: NDArray) -> list[NDArray]:
    """Log shapes of the Beta with this mean and about this standard deviation."""
    size = np.maximum(mean * (1 - mean) / sd**2 - 1, 0.5)
    return [np.log(mean * size), np.log((1 - mean) * size)]


def _partition(points: WeightedPoints, components: int) -> NDArray:
    """Consecutive parts of equal weight, a component for each."""
    rate = points.rate
    part = np.minimum((np.cumsum(points.weight) * components).astype(int), components - 1)
    member = (part == np.arange(components)[:, None]) * points.weight + 1e-12 * points.weight
    member = member / member.sum(axis=1, keepdims=True)
    mean = member @ rate
    sd = np.sqrt(np.maximum(member @ rate**2 - mean**2, 1e-12))
    return np.concatenate([np.zeros(components), *_shapes(mean, sd)])


def _splits(previous: NDArray) -> list[NDArray]:
    """Each component halved: two of its mean, one three times as concentrated as the other."""
    logits, log_a, log_b = np.split(previous, 3)
    spread = np.log(np.sqrt(3.0))
    return [
        np.concatenate(
            [
                np.append(_changed(logits, index, -np.log(2)), logits[index] - np.log(2)),
                np.append(_changed(log_a, index, -spread), log_a[index] + spread),
                np.append(_changed(log_b, index, -spread), log_b[index] + spread),
            ]
        )
        for index in range(len(logits))
    ]


def doubled(previous: NDArray) -> NDArray:
    """A mixture with its first component written as two halves."""
    logits, log_a, log_b = np.split(previous, 3)
    halved = _changed(logits, 0, -np.log(2))
    return np.concatenate(
        [np.append(halved, halved[0]), np.append(log_a, log_a[0]), np.append(log_b, log_b[0])]
    )


def _changed(row: NDArray, index: int, amount: float) -> NDArray:
    """A copy of `row` with `amount` added at `index`."""
    copy = row.copy()
    copy[index] += amount
    return copy


def _insertions(
    points: WeightedPoints, previous: NDArray, widths: tuple[float, ...]
) -> list[NDArray]:
    """The previous fit with a further component where it is missed most, for several widths."""
    rate = points.rate
    total_sd = np.sqrt(points.weight @ (rate - points.weight @ rate) ** 2)
    cumulative = np.cumsum(points.weight)
    centre = rate[np.searchsorted(cumulative, (np.arange(PLACES) + 0.5) / PLACES * cumulative[-1])]
    fitted = np.logaddexp.reduce(log_joint(previous, points), axis=0)
    starts = []
    for width in widths:
        sd = np.maximum(width * total_sd, np.interp(centre, rate, points.least_sd))
        log_a, log_b = _shapes(centre, sd)
        weight, score = _score(points, log_a, log_b, fitted)
        for place in _best_two(centre, score, APART * sd):
            starts.append(_inserted(previous, weight[place], log_a[place], log_b[place]))
    return starts


def _score(
    points: WeightedPoints, log_a: NDArray, log_b: NDArray, fitted: NDArray
) -> tuple[NDArray, NDArray]:
    """Likely weight of each candidate component, and the score statistic for adding it."""
    each = log_joint(np.concatenate([np.zeros_like(log_a), log_a, log_b]), points)
    ratio = np.exp(np.minimum(each + np.log(len(log_a)) - fitted, 300)) - 1
    slope, square = ratio @ points.weight, ratio**2 @ points.weight
    weight = np.clip(slope / square, 0.002, 0.5)
    return weight, slope / np.sqrt(square)


def _best_two(centre: NDArray, score: NDArray, apart: NDArray) -> list[int]:
    """The best place, and the best that is not next to it."""
    first = int(np.argmax(score))
    away = np.where(np.abs(centre - centre[first]) > 4 * apart[first], score, -np.inf)
    return [first, int(np.argmax(away))]


def _inserted(previous: NDArray, weight: float, log_a: float, log_b: float) -> NDArray:
    """The previous parameters with one more component of this weight."""
    logits, old_a, old_b = np.split(previous, 3)
    logits = logits - np.logaddexp.reduce(logits) + np.log1p(-weight)
    return np.concatenate(
        [np.append(logits, np.log(weight)), np.append(old_a, log_a), np.append(old_b, log_b)]
    )
