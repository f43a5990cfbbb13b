"""Hyperpriors as PyMC variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayesips.priors import Prior

_VARIABLES: dict[str, Callable[..., Any]] = {
    "normal": lambda name, mean, sd: pm.Normal(name, mean, sd),
    "half_normal": lambda name, scale: pm.HalfNormal(name, scale),
    "half_t": lambda name, df, scale: pm.HalfStudentT(name, nu=df, sigma=scale),
    "half_cauchy": lambda name, scale: pm.HalfCauchy(name, scale),
    "uniform": lambda name, low, high: pm.Uniform(name, low, high),
    "lognormal": lambda name, mean, sd: pm.LogNormal(name, mean, sd),
    "exponential": lambda name, rate: pm.Exponential(name, rate),
    "gamma": lambda name, shape, rate: pm.Gamma(name, alpha=shape, beta=rate),
    "beta": lambda name, a, b: pm.Beta(name, alpha=a, beta=b),
}


def variable(name: str, prior: Prior) -> Any:
    """One unknown of the hierarchy; a fixed one is a constant.

    Raises
    ------
    ValueError
        For a batch of priors: NUTS fits one data set at a time.
    """
    if prior.batch_shape:
        raise ValueError(f"{name}: {prior} is a batch of priors; NUTS fits one at a time")
    if prior.family == "fixed":
        return pt.constant(np.float64(prior.numbers[0]))
    return _VARIABLES[prior.family](name, *prior.numbers)


def variables(name: str, prior: Prior) -> tuple[np.ndarray, Any]:
    """Weights of a mixture prior, (parts,), and one variable for each part, (parts, 1)."""
    weights = np.array([weight for weight, _ in prior.numbers])
    parts = [variable(f"{name}_{i + 1}", part) for i, (_, part) in enumerate(prior.numbers)]
    return weights / weights.sum(), pt.stack(parts)[:, None]
