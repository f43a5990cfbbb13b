"""Endpoints: what an arm's data say about a rate; one file each, whose name is the registration.

They know no engine.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Protocol

import numpy as np

from bayesips.distributions.by_file import class_of_file, file_names, name_of_file
from bayesips.distributions.link import Link
from bayesips.distributions.mathematics import NUMPY, Mathematics
from bayesips.endpoints.binary import Binary
from bayesips.endpoints.landmark import Landmark
from bayesips.endpoints.likelihood import Term, Translation, log_likelihood
from bayesips.evidence.arm import Arm

__all__ = [
    "NUMPY",
    "Binary",
    "Endpoint",
    "Landmark",
    "Mathematics",
    "arm_log_likelihood",
    "endpoint_class",
    "endpoint_name",
    "names",
]


_NOT_ENDPOINTS = (
    "counts", "kaplan_meier", "landmark_rows", "likelihood", "medians", "patient_times",
)  # fmt: skip


class Endpoint(Protocol):
    """A frozen dataclass with its settings and what models, engines and reports ask of it.

    The kinds of its settings stand in the annotations, as `distributions.settings` explains.

    in_time : bool
        Whether it reads rows of several days, so that a day must be asked about; False where
        every arm is one count.
    """

    in_time: ClassVar[bool]

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

    def at(self, day: float) -> Endpoint:
        """The endpoint that asks about another day; itself where it knows no day."""

    def reaches(self, day: float) -> bool:
        """Whether a row at this day can be read."""

    def reading(self, arms: Iterable[Arm], day: float | None) -> tuple[Arm, ...]:
        """The arms as the endpoint reads them at the day asked about; Refused: those it cannot."""

    def tell(self, build: Any) -> Any:
        """Add the endpoint's own unknowns to a story."""

    def chains(
        self, arm: Arm, eta: Any, shape: Any, math: Mathematics
    ) -> list[tuple[float, list[Term]]]:
        """Give the arm's likelihood as (log weight, chain of terms)."""

    def translation(self, arm: Arm, shape: tuple[np.ndarray, ...]) -> Translation | None:
        """Give the arm's likelihood as one function of eta, moved and blurred, where it is one."""


def names() -> tuple[str, ...]:
    """Names of all endpoints found beside this file (and in any folder added to `__path__`)."""
    return file_names(__path__, _NOT_ENDPOINTS)


def endpoint_class(name: str) -> type[Endpoint]:
    """The class of an endpoint: "landmark" is Landmark in landmark.py.

    Raises
    ------
    Refused
        If there is no such endpoint; the message names the nearest.
    """
    return class_of_file(__name__, name, names(), "endpoint")


def endpoint_name(endpoint: Endpoint) -> str:
    """The name an endpoint goes by in model files and results."""
    return name_of_file(endpoint)


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
