"""The control rate's distribution from a read story, whatever kind of rate it is."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayesips.distributions.convert import as_density
from bayesips.distributions.density import Density
from bayesips.engine.quadrature import beta_rates, blends, exchangeable, two_classes
from bayesips.engine.quadrature.grid import Grid
from bayesips.engine.quadrature.grid_reader import Reader
from bayesips.engine.quadrature.grouped_grid import GroupedGrid
from bayesips.engine.quadrature.hyperparameter_nodes import differs_in_ends
from bayesips.engine.quadrature.rate_density import of_densities, rates_reading
from bayesips.engine.quadrature.region import Effort
from bayesips.engine.quadrature.story import Beta, Blend, Normal, Rate, Story
from bayesips.engine.settle import Reading
from bayesips.errors import NotSettled


def closed_form(story: Story) -> Any:
    """The control's distribution where no quadrature is needed, else None.

    A Beta updated with powered counts under a conjugate endpoint, a known rate, or a sum over who
    is exchangeable.
    """
    answer = exchangeable.closed_sum(story)
    if answer is not None:
        return answer
    control = story.control
    if isinstance(control, Normal) and control.parts[0][2] is None and not control.parts[0][1].uses:
        rate = story.endpoint.scale.rate(np.asarray(control.parts[0][1].of({})))
        return Density.point(rate, story.endpoint.scale)
    if story.hypers or not isinstance(control, Beta) or _blends_of(story):
        return None
    reader = Reader(story, story.batch_shape)
    grid = reader.grid(reader.first_region(), reader.first_effort)
    mixture = beta_rates.mixture(grid, control, slice(0, grid.cells))
    shape = (*story.batch_shape, 1)
    return type(mixture)(*(x.reshape(shape) for x in (mixture.weights, mixture.a, mixture.b)))


def control_reading(grid: Grid | GroupedGrid, effort: Effort) -> Reading:
    """What one grid says of the control rate.

    Raises
    ------
    NotSettled
        If the story cannot be read by quadrature.
    """
    control = grid.story.control
    if isinstance(control, Normal):
        return rates_reading(grid, [control])
    assert isinstance(grid, Grid)  # groups of unknowns are those of Normal rates
    return of_densities({control: _of_beta(grid, control, effort.count)})


def _of_beta(grid: Grid, control: Rate | None, count: int) -> Density:
    """The distribution of a control with a Beta prior, or of a blend of such rates."""
    story = grid.story
    if isinstance(control, Blend):
        return blends.mixed_density(grid, control, count)
    if not isinstance(control, Beta):
        raise NotSettled("the story returned no control rate")
    shared = _blends_of(story)
    if not shared:
        return beta_rates.density(grid, control)
    answer = exchangeable.closed_sum(story)
    if answer is not None:
        return as_density(answer, story.endpoint.scale)
    return two_classes.density(grid, control, shared, count)


def batched(story: Story) -> bool:
    """Whether all cells of a batch can be read at once."""
    if not isinstance(story.control, Normal):
        return False
    if any(differs_in_ends(prior) for prior in story.hypers.values()):
        return False
    numbers = [
        value.number
        for rate in story.rates
        if isinstance(rate, Normal)
        for part in rate.parts
        for value in part
        if value is not None
    ]
    return all(np.ndim(number) == 0 for number in numbers if number is not None)


def _blends_of(story: Story) -> list[Blend]:
    """Observed blends."""
    return [rate for rate in story.rates if isinstance(rate, Blend) and rate.observed]
