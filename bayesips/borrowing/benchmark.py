"""Fixed benchmark: the control rate taken as known, as the sponsor's own comparison does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from bayesips.borrowing.method import Build
from bayesips.distributions.kinds import Number
from bayesips.distributions.ranges import INSIDE
from bayesips.distributions.settings import check_settings
from bayesips.evidence.arm import Arm


@dataclass(frozen=True)
class Benchmark:
    """One known control rate; it has no uncertainty and history does not enter.

    Parameters
    ----------
    rate : float
        The rate; it has no default.
    """

    rate: Annotated[Any, Number(INSIDE)]

    title: ClassVar[str] = "fixed benchmark"
    arms_needed: ClassVar[tuple[int, int | None]] = (0, None)
    stated: ClassVar[tuple[str, ...]] = ("rate",)
    takes_strata: ClassVar[bool] = True
    takes_empty_arms: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_settings(self)

    def tell(self, build: Build, history: Sequence[Arm]) -> Any:
        """The control rate: a value, not an unknown."""
        del history
        return build.rate("control", build.link_of(self.rate))
