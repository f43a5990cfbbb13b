"""The exact engine: a borrowing story answered by quadrature, refused unless it has settled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bayesips.arm import Arm
from bayesips.distributions.density import Density
from bayesips.endpoints import Endpoint
from bayesips.quadrature.normal_story import Effort, Reader
from bayesips.quadrature.story import Normal, Story

TOLERANCE = 1e-9
REPORTED = np.array([0.025, 0.25, 0.5, 0.75, 0.975])
EFFORTS = tuple(Effort(count, step) for count, step in ((26, 0.4), (36, 0.34), (52, 0.28), (80, 0.22), (130, 0.17)))


def solve(method: Any, arms: Sequence[Arm], *, endpoint: Endpoint, tolerance: float = TOLERANCE) -> Any:
    story = Story.told(method, arms, endpoint)
    reader = Reader(story, story.batch_shape)
    region = reader.region()
    before = None
    for effort in EFFORTS:
        density = reader.control(reader.hierarchy(region, effort))
        now = reported(density)
        change = np.inf if before is None else float(np.max(np.abs(now - before)))
        if change <= tolerance:
            return replace(density, error=change)
        before = now
    raise ArithmeticError(f"did not settle within {tolerance:g}: last change {change:.2g}")


def reported(density: Any) -> np.ndarray:
    q = REPORTED.reshape(-1, *[1] * len(density.batch_shape))
    return np.concatenate([[density.mean()], [density.std()], density.ppf(q)])
