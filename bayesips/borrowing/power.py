"""Power prior with fixed discount (Ibrahim & Chen 2000): history's likelihood to a power."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from bayesips.borrowing.method import Build
from bayesips.distributions.kinds import Number, OneOrEach, Positive
from bayesips.distributions.ranges import SHARE
from bayesips.distributions.settings import check_settings
from bayesips.errors import Refused
from bayesips.evidence.arm import Arm


@dataclass(frozen=True)
class Power:
    """Likelihood of history raised to a0 in [0, 1].

    Parameters
    ----------
    discount : float or list of float
        a0, common to all arms or one for each. An array is a batch of common discounts.
    a, b : float
        Shapes of the initial prior.

    References
    ----------
    Ibrahim JG, Chen MH (2000), Stat Sci 15:46-60, doi:10.1214/ss/1009212673.
    """

    discount: Annotated[Any, OneOrEach(Number(SHARE), "arm")] = 0.5
    a: Positive = 1.0
    b: Positive = 1.0

    title: ClassVar[str] = "power prior"
    takes_strata: ClassVar[bool] = True
    takes_empty_arms: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_settings(self)

    def tell(self, build: Build, history: Sequence[Arm]) -> Any:
        """The control rate: each arm counts for a part of itself."""
        per_arm = isinstance(self.discount, list | tuple)
        if per_arm and len(self.discount) != len(history):
            raise Refused(
                f"discount has {len(self.discount)} values for {len(history)} historical arms"
            )
        weights = self.discount if per_arm else [self.discount] * len(history)
        given = list(zip(history, weights, strict=True))
        return build.conjugate("control", self.a, self.b, given=given)
