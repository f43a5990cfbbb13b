"""The control rate by NUTS: from a borrowing method to draws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from bayesips.distributions.points import Points
from bayesips.endpoints import Endpoint
from bayesips.engine.nuts.pymc_builder import model_of
from bayesips.engine.nuts.sampling import sample
from bayesips.evidence.arm import Arm


def fit(
    method: Any,
    arms: Sequence[Arm],
    *,
    endpoint: Endpoint,
    seed: int,
    concurrent: Arm | None = None,
    **settings: Any,
) -> xr.DataTree:
    """Build the model and sample it.

    Parameters
    ----------
    method, arms, endpoint, concurrent
        As in `model_of`.
    seed, **settings
        As in `sample`.
    """
    model = model_of(method, arms, endpoint=endpoint, concurrent=concurrent)
    return sample(model, seed=seed, **settings)


def points_of(tree: xr.DataTree) -> Points:
    """The draws of the control rate, all chains together, as a distribution."""
    return Points.of_chains(np.clip(tree.posterior["control"].to_numpy(), 0.0, 1.0))


def solve(
    method: Any, arms: Sequence[Arm], *, endpoint: Endpoint, seed: int, **more: Any
) -> Points:
    """The control rate as draws; `fit` keeps the chains and says whether to trust them."""
    return points_of(fit(method, arms, endpoint=endpoint, seed=seed, **more))
