"""Strata whose shares are unknown, each stratum's rate together with the shape of survival."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bayesips.borrowing.method import Method
from bayesips.distributions.priors import Prior
from bayesips.endpoints import Endpoint
from bayesips.engine.quadrature.by_shape import RESOLUTIONS, TOLERANCE, ByShape
from bayesips.engine.quadrature.hierarchy import Hierarchy
from bayesips.engine.quadrature.reader import Reader
from bayesips.engine.quadrature.story import Blend, Story
from bayesips.engine.quadrature.strata import by_shape, joint_shape_weights, share_value
from bayesips.engine.settle import Reading, Watched, settle
from bayesips.evidence.arm import Arm


def strata_by_shape(
    method: Method, arms: Sequence[Arm], endpoint: Endpoint, tolerance: float = TOLERANCE
) -> tuple[list[ByShape], float | Prior] | None:
    """Strata that share the shape, and the first one's share; None if the story has no strata.

    Raises
    ------
    NotSettled
        If moments of a stratum's rate and shape still move.
    """
    story = Story.of(method, list(arms), endpoint)
    control = story.control
    if not isinstance(control, Blend) or len(story.shape) != 1:
        return None

    def read(grid: Hierarchy) -> Reading:
        joint = _joint(grid, control)
        return Reading((grid, joint), np.stack([each.moments(endpoint.scale) for each in joint]))

    quantity = Watched("survival of the strata on other days", read)
    reader = Reader(story, story.batch_shape)
    grid, joint = settle(reader, quantity, RESOLUTIONS, tolerance).value
    prior, known = share_value(grid, control.parts[0][0])
    return joint, float(prior[0]) if known is not None else prior


def _joint(hierarchy: Hierarchy, control: Blend) -> list[ByShape]:
    """Each stratum's rate with the shape."""
    strata = [by_shape(hierarchy, rate) for _, rate in control.parts]
    weights = joint_shape_weights(hierarchy, strata)
    shape = hierarchy.shape_nodes[0]
    return [
        ByShape(shape, part.curve.nodes, weights[:, None] * part.curve.mass).kept()
        for part in strata
    ]
