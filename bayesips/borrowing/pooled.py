"""Full pooling: history counts as if its patients were controls of this trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from bayesips.borrowing.method import Build
from bayesips.distributions.kinds import Positive
from bayesips.distributions.settings import check_settings
from bayesips.evidence.arm import Arm


@dataclass(frozen=True)
class Pooled:
    """Beta(a + sum of survivors, b + sum of deaths).

    Parameters
    ----------
    a, b : float
        Shapes of the initial prior.
    """

    a: Positive = 1.0
    b: Positive = 1.0

    title: ClassVar[str] = "full pooling"
    takes_strata: ClassVar[bool] = True
    takes_empty_arms: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_settings(self)

    def tell(self, build: Build, history: Sequence[Arm]) -> Any:
        """The control rate: one rate for all arms and the control."""
        return build.conjugate("control", self.a, self.b, given=[(arm, 1.0) for arm in history])
