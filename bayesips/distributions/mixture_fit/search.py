"""The search for the most likely Beta mixture: many starts, a race, two finishers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesips.distributions.mixture_fit.climb import climb, maximise_shapes
from bayesips.distributions.mixture_fit.likelihood import WeightedPoints, responsibilities
from bayesips.distributions.mixture_fit.starts import doubled, starting_parameters

GROUPS = 250  # more points than twice this are grouped into so many while starts are compared
LAST_STEPS = 25
SAME = 1e-7  # mean log-likelihoods nearer than this are the same maximum


@dataclass(frozen=True)
class Effort:
    """How hard to look.

    Attributes
    ----------
    widths
        Of inserted components, in standard deviations of all points.
    em_steps
        From every start.
    rounds
        Newton steps, and how many of the best go on.
    finishers
        Of the best on the grouped points, how many are finished on all points.
    smallest_gain
        Of the mean log-likelihood; climbing stops below it.
    """

    widths: tuple[float, ...]
    em_steps: int
    rounds: tuple[tuple[int, int], ...]
    finishers: int
    smallest_gain: float


# Draws are rough: there are many maxima, some of them narrow. A density is smooth.
FOR_DRAWS = Effort((1.0, 0.4, 0.15, 0.06, 0.02), 8, ((8, 6), (12, 3)), 2, 1e-12)
FOR_DENSITY = Effort((1.0, 0.4, 0.15), 4, ((6, 3), (6, 1)), 1, 1e-10)


@dataclass(frozen=True)
class Candidate:
    """Parameters (3 * components,) and their mean log-likelihood."""

    parameters: NDArray
    likelihood: float

    @property
    def components(self) -> int:
        """How many."""
        return len(self.parameters) // 3


def fits_by_number(points: WeightedPoints, most: int, effort: Effort) -> Iterator[Candidate]:
    """The most likely mixtures of 1, 2, ..., `most` components, each starting from the last."""
    previous = None
    for components in range(1, most + 1):
        previous = _most_likely(points, components, previous, effort)
        yield previous


def _most_likely(
    points: WeightedPoints, components: int, previous: Candidate | None, effort: Effort
) -> Candidate:
    """The best end of many climbs; never less likely than one component fewer."""
    coarse = points if len(points.weight) <= 2 * GROUPS else points.grouped(GROUPS)
    smaller = None if previous is None else previous.parameters
    runners = starting_parameters(coarse, components, smaller, effort.widths)
    for _ in range(effort.em_steps):
        runners = maximise_shapes(runners, responsibilities(runners, coarse)[1], coarse)
    for steps, finishers in effort.rounds:
        runners, value = climb(runners, coarse, steps, effort.smallest_gain)
        runners = runners[_best_distinct(value, finishers)]
    # One after the other: the arrays of one climb stay in the processor's cache.
    ends = [
        climb(runner[None], points, LAST_STEPS, effort.smallest_gain)
        for runner in runners[: effort.finishers]
    ]
    found = [Candidate(end[0], float(value[0])) for end, value in ends]
    if previous is not None:
        found.append(Candidate(doubled(previous.parameters), previous.likelihood))
    return max(found, key=lambda candidate: candidate.likelihood)


def _best_distinct(value: NDArray, most: int) -> list[int]:
    """Places of the largest values, equal ones once."""
    best: list[int] = []
    for place in np.argsort(-value, kind="stable"):
        if len(best) < most and all(abs(value[place] - value[other]) > SAME for other in best):
            best.append(int(place))
    return best
