"""A bias given by the mean and sd of its shift of the log odds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from bayesips.borrowing.biases.shift import Shift
from bayesips.distributions.kinds import Number
from bayesips.distributions.ranges import NOT_NEGATIVE
from bayesips.distributions.settings import check_settings


@dataclass(frozen=True)
class Normal:
    """Normal(mean, sd) added to the log odds of survival.

    Parameters
    ----------
    mean : float
        Positive: controls do better than history says.
    sd : float
        0 for a shift that is known.
    """

    mean: float
    sd: Annotated[float, Number(NOT_NEGATIVE)]

    def __post_init__(self) -> None:
        check_settings(self)

    def shift(self) -> Shift:
        """The shift as it is given."""
        return Shift(float(self.mean), float(self.sd))
