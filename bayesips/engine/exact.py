"""The exact engine: a borrowing story answered by quadrature, refused unless it has settled."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from bayesips.borrowing.method import Method
from bayesips.distributions.batches import shaped, stack
from bayesips.distributions.density import Density
from bayesips.endpoints import Endpoint
from bayesips.engine.quadrature.control import batched, closed_form
from bayesips.engine.quadrature.data import in_one_cell
from bayesips.engine.quadrature.grouped import Grouped
from bayesips.engine.quadrature.grouped_reader import reader_of
from bayesips.engine.quadrature.hierarchy import Hierarchy
from bayesips.engine.quadrature.region import Resolution
from bayesips.engine.quadrature.story import Normal, Story
from bayesips.engine.quantities import ControlRate, OwnRates
from bayesips.engine.settle import Reading, Watched, settle
from bayesips.errors import NotSettled, Refused
from bayesips.evidence.arm import Arm

TOLERANCE = 1e-9
# That of groups' own rates, of which tables and figures show a few digits.
GROUPS_TOLERANCE = 1e-7
RESOLUTIONS = tuple(
    Resolution(count, step, shape)
    for count, step, shape in (
        (28, 0.5, 22),
        (34, 0.46, 26),
        (44, 0.4, 32),
        (64, 0.32, 40),
        (100, 0.23, 50),
        (160, 0.16, 64),
        (240, 0.11, 80),
    )
)

# Where so much may change, coarser readings come first.
LOOSE = 1e-5
COARSE = (Resolution(23, 0.57, 18, loose=True), Resolution(28, 0.5, 22, loose=True))


def solve(
    method: Method,
    arms: Sequence[Arm],
    *,
    endpoint: Endpoint,
    concurrent: Arm | None = None,
    tolerance: float = TOLERANCE,
) -> Any:
    """Distribution of the control rate: what the method makes of history, by quadrature.

    Parameters
    ----------
    method : borrowing method
    arms : sequence of Arm
        History. Counts, `included` and the numbers of hyperpriors may be arrays of one batch
        shape: every cell is solved in one call.
    endpoint : Endpoint
    concurrent : Arm, optional
        Controls of the current trial at the landmark; they update the result.
    tolerance : float
        Largest change of mean, sd and quantiles between two readings that counts as settled.

    Returns
    -------
    Density or BetaMixture
        A BetaMixture where the answer is one in closed form. `error` of a Density is the last
        change under refinement.

    Raises
    ------
    NotSettled
        If the answer does not settle, or the story is not one for quadrature.
    """
    story = Story.of(method, arms, endpoint)
    answer = closed_form(story)
    if answer is None:
        whole = story.batch_shape == () or batched(story)
        answer = (
            _settled(story, tolerance)
            if whole
            else _cell_by_cell(method, arms, endpoint, tolerance)
        )
    if concurrent is None:
        return answer
    return answer.update(concurrent.successes, concurrent.n)


def _settled(story: Story, tolerance: float) -> Density:
    """Density of the control rate."""
    resolutions = RESOLUTIONS if tolerance < LOOSE else (*COARSE, *RESOLUTIONS[1:])
    quantity = ControlRate(story.control.name if story.control else "the story")
    found = settle(reader_of(story), quantity, resolutions, tolerance)
    return dataclasses.replace(found.value, error=found.error)


def _cell_by_cell(
    method: Method, arms: Sequence[Arm], endpoint: Endpoint, tolerance: float
) -> Density:
    """A batch of a story that cannot be read at once: each cell by itself."""
    batch = Story.of(method, arms, endpoint).batch_shape
    pieces = []
    for index in np.ndindex(*batch):
        cell = Story.of(
            cell_of(method, batch, index), [_cell_arm(a, batch, index) for a in arms], endpoint
        )
        pieces.append(_settled(cell, tolerance)[None])
    return shaped(stack(pieces), batch)


def cell_of(value: Any, batch: tuple[int, ...], index: tuple[int, ...]) -> Any:
    """A method's settings for one cell: every array among them indexed."""
    if isinstance(value, np.ndarray):
        return np.broadcast_to(value, batch)[index].item()
    if isinstance(value, tuple):
        return tuple(cell_of(part, batch, index) for part in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.init}
        return dataclasses.replace(
            value, **{name: cell_of(part, batch, index) for name, part in fields.items()}
        )
    return value


def _cell_arm(arm: Arm, batch: tuple[int, ...], index: tuple[int, ...]) -> Arm:
    """An arm's counts for one cell."""
    if arm.batch_shape == ():
        return arm
    counts = (np.broadcast_to(x, batch)[index].item() for x in (arm.successes, arm.n, arm.included))
    return in_one_cell(arm, *counts)


def arm_posteriors(
    method: Method, arms: Sequence[Arm], *, endpoint: Endpoint, tolerance: float = GROUPS_TOLERANCE
) -> dict[str, Density]:
    """Posterior of each historical arm's own rate under a Normal hierarchy (shrunken estimates).

    Arms that are not rates of their own in the story (pooled, conjugate) are left out.

    Parameters
    ----------
    method, arms, endpoint
        As in `solve`.
    tolerance : float
        Largest change of a mean, sd or quantile between two readings that counts as settled.

    Raises
    ------
    NotSettled
        If a rate does not settle.
    """
    story = Story.of(method, arms, endpoint)
    if closed_form(story) is not None if endpoint.conjugate else not story.hypers:
        return {}
    rates = [rate for rate in story.rates if isinstance(rate, Normal) and rate.observed]
    if not rates:
        return {}
    found = settle(reader_of(story), OwnRates(rates), RESOLUTIONS, tolerance)
    return {rate.name: dataclasses.replace(own, error=found.error) for rate, own in found.value}


def log_evidence(
    method: Method, arms: Sequence[Arm], *, endpoint: Endpoint, tolerance: float = TOLERANCE
) -> Any:
    """Log marginal likelihood of history under a Normal hierarchy, in each cell of a batch.

    Parameters
    ----------
    method, arms, endpoint, tolerance
        As in `solve`; the method's numbers must be the same in all cells.

    Returns
    -------
    array, shape batch

    Raises
    ------
    NotSettled
        If it does not settle, or arms are not rates of a Normal hierarchy.
    """
    story = Story.of(method, arms, endpoint)
    if not (batched(story) and all(isinstance(rate, Normal) for rate in story.rates)):
        raise NotSettled("evidence is that of Normal hierarchies with the same numbers")
    quantity = Watched("the log evidence", lambda grid: _evidence(grid, story.batch_shape))
    return settle(reader_of(story), quantity, RESOLUTIONS, tolerance).value


def _evidence(grid: Hierarchy | Grouped, batch: tuple[int, ...]) -> Reading:
    """Log marginal likelihood of all data in each cell."""
    logs = grid.log_evidence()
    return Reading(logs.reshape(batch)[()], logs)


def arm_means(
    method: Method, arms: Sequence[Arm], *, endpoint: Endpoint, tolerance: float = TOLERANCE
) -> dict[str, Any]:
    """Posterior mean of each arm's own rate under a Normal hierarchy, in each cell of a batch.

    The mean rate is the probability of one more success, a ratio of evidences; so operating
    characteristics of many arms need no densities.

    Parameters
    ----------
    method, arms, endpoint, tolerance
        As in `log_evidence`.

    Returns
    -------
    dict of str to array
        By label.

    Raises
    ------
    Refused
        If an arm is not one count at the landmark.
    NotSettled
        As `log_evidence`.
    """
    plain = all(arm.relation == "=" and not arm.observations for arm in arms)
    if not (endpoint.conjugate and plain):
        raise Refused("means of arms are had from one count each, with the binary endpoint")
    shape = Story.of(method, arms, endpoint).batch_shape
    together = [
        _as_it_is_and_with_more(arm, shape, place, len(arms)) for place, arm in enumerate(arms)
    ]
    now, *then = log_evidence(method, together, endpoint=endpoint, tolerance=tolerance)
    return {
        arm.label: np.exp(after - now) * (arm.successes + 1) / (arm.n + 1)
        for arm, after in zip(arms, then, strict=True)
    }


def _as_it_is_and_with_more(arm: Arm, shape: tuple[int, ...], place: int, arms: int) -> Arm:
    """An arm as it is, then with one more success where each of the arms in turn has it."""
    more = (np.arange(-1, arms) == place).astype(int).reshape(-1, *[1] * len(shape))
    counts = (np.broadcast_to(count, shape) + more for count in (arm.successes, arm.n))
    return dataclasses.replace(arm, **dict(zip(("successes", "n"), counts, strict=True)))
