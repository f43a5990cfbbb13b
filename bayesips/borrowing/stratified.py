"""Two strata mixed in an unknown share: theta_C(q) = q theta_first + (1 - q) theta_second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from bayesips.borrowing.method import Build
from bayesips.distributions.kinds import Positive, SharePrior
from bayesips.distributions.settings import check_settings
from bayesips.errors import Refused
from bayesips.evidence.arm import Arm


@dataclass(frozen=True)
class Stratified:
    """A control group made of a share q of the first arm's patients, the rest of the second's.

    For two strata of one study, where exchangeability (MAP) would be wrong: the strata differ by
    a known modifier, and what is unknown is the trial's own mix.

    Parameters
    ----------
    share : prior
        Prior of q: a Beta, a uniform, or ("fixed", value).
    a, b : float
        Shapes of the prior of each stratum's rate.
    """

    share: SharePrior = ("beta", 1, 1)
    a: Positive = 1.0
    b: Positive = 1.0

    title: ClassVar[str] = "two strata, mix unknown"
    arms_needed: ClassVar[tuple[int, int | None]] = (2, 2)
    takes_strata: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_settings(self)

    def tell(self, build: Build, history: Sequence[Arm]) -> Any:
        """The control rate: independent strata, mixed."""
        if len(history) != 2:  # noqa: PLR2004  two strata by definition
            raise Refused(f"stratified needs exactly two arms; got {len(history)}")
        share = build.hyper("share", self.share)
        first, second = (
            build.conjugate(arm.label, self.a, self.b, given=[(arm, 1.0)]) for arm in history
        )
        return share * first + (1 - share) * second
