"""Which engine answers: quadrature or NUTS, with what seed and how closely."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bayesips.endpoints import Endpoint
from bayesips.engine import exact
from bayesips.errors import Refused, listed, near_miss
from bayesips.evidence.arm import Arm

ENGINES = ("exact", "nuts")
LARGEST_SEED = 2**32 - 1


@dataclass(frozen=True)
class Engine:
    """An engine and its settings.

    Attributes
    ----------
    name : {"exact", "nuts"}
    seed : int
        Of the draws: all numbers of "nuts", only the draws kept for plots of "exact".
    tolerance : float
        Of "exact": largest change of mean, sd and quantiles from one refinement to the next that
        counts as settled.
    progress : callable, optional
        See `bayesips.engine.nuts.sample`.
    sampler : mapping
        Further settings of `bayesips.engine.nuts.sample`.

    Raises
    ------
    Refused
        For an unknown engine or an impossible seed.
    """

    name: str = "exact"
    seed: int = 1
    tolerance: float = exact.TOLERANCE
    progress: Callable[[int, int, int], None] | None = None
    sampler: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.name not in ENGINES:
            near = near_miss(str(self.name), ENGINES)
            raise Refused(f"unknown engine {self.name!r}{near}; allowed are {listed(ENGINES)}")
        whole = isinstance(self.seed, int | np.integer) and not isinstance(self.seed, bool)
        if not whole or not 0 <= self.seed <= LARGEST_SEED:
            raise Refused(
                f"seed is {self.seed!r}; a whole number from 0 to {LARGEST_SEED} is required"
            )

    @property
    def is_exact(self) -> bool:
        """Whether it is quadrature."""
        return self.name == "exact"

    def solve(self, method: Any, arms: Sequence[Arm], endpoint: Endpoint) -> Any:
        """Distribution of the control rate that a method makes of history."""
        if self.is_exact:
            return exact.solve(method, list(arms), endpoint=endpoint, tolerance=self.tolerance)
        from bayesips.engine import nuts

        settings = {"progress": self.progress, **self.sampler}
        return nuts.solve(method, list(arms), endpoint=endpoint, seed=self.seed, **settings)


EXACT = Engine()
