"""Endpoints: what an arm's data say about a rate. They know no engine."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from bayesips.distributions.link import Link
from bayesips.distributions.mathematics import NUMPY, Mathematics
from bayesips.endpoints.binary import Binary
from bayesips.endpoints.landmark import Landmark
from bayesips.endpoints.likelihood import Term, Translation, log_likelihood
from bayesips.evidence.arm import Arm

__all__ = ["NUMPY", "Binary", "Endpoint", "Landmark", "Mathematics", "arm_log_likelihood"]


class Endpoint(Protocol):
    """What an engine asks of an endpoint."""

    def __hash__(self) -> int:
        """What was read with an endpoint is remembered under it."""

    @property
    def scale(self) -> Link:
        """Link on which arms are Normal."""

    @property
    def defaults(self) -> dict[str, tuple[Any, ...]]:
        """Default hyperpriors by name."""

    @property
    def conjugate(self) -> bool:
        """Whether a Beta prior on the rate stays a Beta."""

    def tell(self, build: Any) -> Any:
        """Add the endpoint's own unknowns to a story."""

    def chains(
        self, arm: Arm, eta: Any, shape: Any, math: Mathematics
    ) -> list[tuple[float, list[Term]]]:
        """Give the arm's likelihood as (log weight, chain of terms)."""

    def translation(self, arm: Arm, shape: tuple[np.ndarray, ...]) -> Translation | None:
        """Give the arm's likelihood as one function of eta, moved and blurred, where it is one."""


def arm_log_likelihood(
    endpoint: Endpoint, arm: Arm, eta: Any, shape: Any, math: Mathematics
) -> Any:
    """Log likelihood of one arm's rows at link-scale rate `eta`, for any engine.

    Returns an array of the shape to which `eta` and the endpoint's `shape` broadcast.
    """
    chains = endpoint.chains(arm, eta, shape, math)
    parts = [
        _over_nodes(weight, log_likelihood(arm.n, chain, math), math) for weight, chain in chains
    ]
    return parts[0] if len(parts) == 1 else math.logsumexp(math.stack(parts))


def _over_nodes(log_weight: Any, log_p: Any, math: Mathematics) -> Any:
    """Sum over the last axis where a chain has one for the nodes of an unknown day."""
    return math.logsumexp(log_weight + log_p) if np.ndim(log_weight) else log_weight + log_p
