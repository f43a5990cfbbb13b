"""Draws of Beta mixtures."""

import numpy as np
from numpy.typing import NDArray


def mixture_draws(
    weights: NDArray, a: NDArray, b: NDArray, shape: tuple[int, ...], rng: np.random.Generator
) -> NDArray:
    """Independent draws of mixtures (*batch, components), shape (..., *batch)."""
    uniform = rng.random(shape)[..., None]
    component = (uniform >= np.cumsum(weights, axis=-1)[..., :-1]).sum(axis=-1)
    return rng.beta(_chosen(a, component), _chosen(b, component))


def _chosen(parameters: NDArray, component: NDArray) -> NDArray:
    """Parameter of the drawn component of each draw."""
    parameters = np.broadcast_to(parameters, (*component.shape, parameters.shape[-1]))
    return np.take_along_axis(parameters, component[..., None], axis=-1)[..., 0]
