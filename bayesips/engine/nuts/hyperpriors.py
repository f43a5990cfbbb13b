"""Hyperpriors as PyMC variables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayesips.distributions.priors import Prior
from bayesips.errors import Refused

# Class of each family, and PyMC's names for the numbers of `priors.FAMILIES`, in their order.
_CLASSES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "normal": (pm.Normal, ("mu", "sigma")),
    "half_normal": (pm.HalfNormal, ("sigma",)),
    "half_t": (pm.HalfStudentT, ("nu", "sigma")),
    "half_cauchy": (pm.HalfCauchy, ("beta",)),
    "uniform": (pm.Uniform, ("lower", "upper")),
    "lognormal": (pm.LogNormal, ("mu", "sigma")),
    "exponential": (pm.Exponential, ("lam",)),
    "gamma": (pm.Gamma, ("alpha", "beta")),
    "inverse_gamma": (pm.InverseGamma, ("alpha", "beta")),
    "beta": (pm.Beta, ("alpha", "beta")),
}


def quantiles(prior: Prior, probabilities: np.ndarray) -> np.ndarray:
    """Quantiles of a prior that is neither fixed nor a mixture."""
    kind, names = _CLASSES[prior.family]
    distribution = kind.dist(**dict(zip(names, prior.numbers, strict=True)))
    return np.asarray(pm.icdf(distribution, probabilities).eval())


def variable(name: str, prior: Prior) -> Any:
    """One unknown of the hierarchy; a fixed one is a constant.

    Raises
    ------
    Refused
        For a batch of priors: NUTS fits one data set at a time.
    """
    if prior.batch_shape:
        raise Refused(f"{name}: {prior} is a batch of priors; NUTS fits one at a time")
    if prior.family == "fixed":
        return pt.constant(np.float64(prior.numbers[0]))
    kind, names = _CLASSES[prior.family]
    return kind(name, **dict(zip(names, prior.numbers, strict=True)))


def variables(name: str, prior: Prior) -> tuple[np.ndarray, Any]:
    """Weights of a mixture prior, (parts,), and one variable for each part, (parts, 1)."""
    weights = np.array([weight for weight, _ in prior.numbers])
    parts = [variable(f"{name}_{i + 1}", part) for i, (_, part) in enumerate(prior.numbers)]
    return weights / weights.sum(), pt.stack(parts)[:, None]
