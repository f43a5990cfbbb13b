"""The search for the most likely Beta mixture: many starts, a race, two finishers."""

import numpy as np
from numpy.typing import NDArray

from bayesips.mixture_fit.likelihood import (
    WeightedPoints,
    climb,
    maximise_shapes,
    responsibilities,
)
from bayesips.mixture_fit.starts import doubled, starting_parameters

GROUPS = 250  # more points than twice this are grouped into so many while starts are compared
EM_STEPS = 8
ROUNDS = ((8, 6), (12, 3))  # Newton steps, and how many of the best go on
FINISHERS = 2
LAST_STEPS = 60
SAME = 1e-7  # mean log-likelihoods nearer than this are the same maximum


def most_likely(
    points: WeightedPoints, components: int, previous: NDArray | None
) -> tuple[NDArray, float]:
    """Parameters (3 * components,) of the largest mean log-likelihood, and that likelihood.

    `previous` is the result for one component fewer, or None for the first. The result is
    never less likely than `previous`.
    """
    coarse = points if len(points.weight) <= 2 * GROUPS else points.grouped(GROUPS)
    runners = starting_parameters(coarse, components, previous)
    for _ in range(EM_STEPS):
        runners = maximise_shapes(runners, responsibilities(runners, coarse)[1], coarse)
    for steps, finishers in ROUNDS:
        runners, value = climb(runners, coarse, steps)
        runners = runners[_best_distinct(value, finishers)]
    # One after the other: the arrays of one climb stay in the processor's cache.
    ends = [climb(runner[None], points, LAST_STEPS) for runner in runners[:FINISHERS]]
    if previous is not None:
        same = doubled(previous)[None]
        ends.append((same, responsibilities(same, points)[0]))
    parameters, value = max(ends, key=lambda end: end[1][0])
    return parameters[0], float(value[0])


def _best_distinct(value: NDArray, most: int) -> list[int]:
    """Places of the largest values, equal ones once."""
    best: list[int] = []
    for place in np.argsort(-value, kind="stable"):
        if len(best) < most and all(abs(value[place] - value[other]) > SAME for other in best):
            best.append(int(place))
    return best
