"""What is written down of any distribution of a rate: moments, interval, densities, atoms."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayesips.distributions.any_distribution import Distribution
from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.density import Density

INTERVAL = 0.95
TAILS = ((1 - INTERVAL) / 2, (1 + INTERVAL) / 2)
# Single rates with less probability than this are rounding, not atoms.
LEAST_ATOM = 1e-9


def summary(distribution: Distribution) -> dict[str, float]:
    """Mean, standard deviation and equal-tailed 95 % interval."""
    low, high = (float(x) for x in distribution.ppf(np.array(TAILS)))
    mean, std = float(distribution.mean()), float(distribution.std())
    return {"mean": mean, "std": std, "low": low, "high": high}


def summaries(batch: BetaMixture, dim: str, prefix: str = "") -> dict[str, Any]:
    """Means, standard deviations and intervals of a batch, as variables along `dim`."""
    ends = batch.ppf(np.array(TAILS)[:, None])
    values = (batch.mean(), batch.std(), *ends)
    names = ("mean", "std", "low", "high")
    return {f"{prefix}{name}": (dim, v) for name, v in zip(names, values, strict=True)}


def atoms(distribution: Distribution) -> tuple[np.ndarray, np.ndarray]:
    """Single rates that carry a probability of their own, and those probabilities."""
    if not isinstance(distribution, Density):
        return np.empty(0), np.empty(0)
    real = distribution.atom_weights > LEAST_ATOM
    return distribution.atoms[real], distribution.atom_weights[real]


def density(distribution: Distribution | None, rates: np.ndarray) -> np.ndarray:
    """Density of the continuous part; of draws, that of the mixture fitted to them is drawn."""
    if distribution is not None and hasattr(distribution, "pdf"):
        return np.asarray(distribution.pdf(rates))
    return np.full(rates.shape, np.nan)
