"""The control rate's distribution from a read story, whatever kind of rate it is."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayesips.distributions.convert import as_density
from bayesips.distributions.density import Density
from bayesips.engine.quadrature import beta_rates, exchangeable, strata, two_classes
from bayesips.engine.quadrature.axes import differs_in_ends
from bayesips.engine.quadrature.grouped import Grouped
from bayesips.engine.quadrature.hierarchy import Hierarchy
from bayesips.engine.quadrature.normal_density import rate_density
from bayesips.engine.quadrature.reader import Reader
from bayesips.engine.quadrature.story import Beta, Blend, Normal, Story
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
    hierarchy = reader.hierarchy(reader.first_region(), reader.first_resolution)
    mixture = beta_rates.mixture(hierarchy, control, slice(0, hierarchy.cells))
    shape = (*story.batch_shape, 1)
    return type(mixture)(*(x.reshape(shape) for x in (mixture.weights, mixture.a, mixture.b)))


def distribution(hierarchy: Hierarchy | Grouped, count: int, before: Density | None = None) -> Any:
    """The control's distribution at one resolution; `before` is the one at the last resolution.

    Raises
    ------
    NotSettled
        If the story cannot be read by quadrature.
    """
    story, control = hierarchy.story, hierarchy.story.control
    if isinstance(control, Normal):
        return rate_density(hierarchy, control, hierarchy.batch, before)
    assert isinstance(hierarchy, Hierarchy)  # groups of unknowns are those of Normal rates
    if isinstance(control, Blend):
        return strata.mixed_density(hierarchy, control, count)
    if not isinstance(control, Beta):
        raise NotSettled("the story returned no control rate")
    shared = _blends_of(story)
    if shared:
        answer = exchangeable.closed_sum(story)
        if answer is not None:
            return as_density(answer, story.endpoint.scale)
        return two_classes.density(hierarchy, control, shared, count)
    return beta_rates.density(hierarchy, control)


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
