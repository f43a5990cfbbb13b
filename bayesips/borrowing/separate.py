"""No borrowing: a vague Beta prior, history ignored (the reference for all others)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from bayesips.borrowing.method import Build
from bayesips.distributions.kinds import Positive
from bayesips.distributions.settings import check_settings
from bayesips.evidence.arm import Arm


@dataclass(frozen=True)
class Separate:
    """Beta(a, b), whatever history says.

    Parameters
    ----------
    a, b : float
        Shapes of the prior.
    """

    a: Positive = 1.0
    b: Positive = 1.0

    title: ClassVar[str] = "no borrowing"
    arms_needed: ClassVar[tuple[int, int | None]] = (0, None)
    takes_strata: ClassVar[bool] = True
    takes_empty_arms: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_settings(self)

    def tell(self, build: Build, history: Sequence[Arm]) -> Any:
        """The control rate: the control is its own."""
        del history
        return build.conjugate("control", self.a, self.b)
