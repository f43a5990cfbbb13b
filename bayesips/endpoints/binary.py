"""Binary endpoint: survivors among n at one landmark, Binomial(n, theta)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from bayesips.distributions.kinds import Word
from bayesips.distributions.link import DEFAULTS, LINKS, Link
from bayesips.distributions.mathematics import Mathematics
from bayesips.distributions.settings import check_settings
from bayesips.endpoints.counts import binary_reading
from bayesips.endpoints.likelihood import Term
from bayesips.endpoints.patient_times import PatientArm
from bayesips.errors import Refused
from bayesips.evidence.arm import Arm


@dataclass(frozen=True)
class Binary:
    """Survivors r among n patients, r ~ Binomial(n, theta).

    Parameters
    ----------
    link : {"logit", "cloglog"}
        Scale on which arms are Normal around each other.

    Raises
    ------
    Refused
        If the link is unknown.
    """

    link: Annotated[str, Word(tuple(LINKS))] = "logit"

    in_time: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_settings(self)

    @property
    def scale(self) -> Link:
        """The link itself."""
        return LINKS[self.link]

    @property
    def defaults(self) -> dict[str, tuple[Any, ...]]:
        """Default hyperpriors on this link."""
        return DEFAULTS[self.link]

    @property
    def conjugate(self) -> bool:
        """Whether a Beta prior on theta stays a Beta."""
        return True

    def at(self, day: float) -> Binary:
        """This endpoint for every day: it reads counts as if they were of the day asked about."""
        del day
        return self

    def reaches(self, day: float) -> bool:
        """Whether a count at this day can be read: at every day, with a flag."""
        return day > 0

    def reading(self, arms: Iterable[Arm], day: float | None) -> tuple[Arm, ...]:
        """The arms as one count each, as `binary_reading`.

        Raises
        ------
        Refused
            If patients left before the day, so that their count is not known.
        """
        return binary_reading(tuple(arms), day)

    def tell(self, build: Any) -> None:
        """Add nothing: a count at the landmark has no shape in time."""
        del build

    def chains(
        self, arm: Arm, eta: Any, shape: None, math: Mathematics
    ) -> list[tuple[float, list[Term]]]:
        """Give the arm's likelihood as weighted chains of binomial terms.

        Raises
        ------
        Refused
            If the arm has more than one row, which this endpoint cannot read.
        """
        del shape
        if isinstance(arm, PatientArm):
            raise Refused(
                f"{arm.label}: patients followed in time; the binary endpoint reads one count per "
                "arm (use the landmark endpoint, or arm.counted_at(day))"
            )
        if arm.observations:
            raise Refused(
                f"{arm.label}: {len(arm.rows)} rows of the same patients; the binary endpoint "
                "reads one count per arm (use the landmark endpoint, or choose one row)"
            )
        link = self.scale
        row = (arm.relation, arm.successes)
        return [(0.0, [Term((row,), link.log_rate(eta, math), link.log_miss(eta, math))])]

    def translation(self, arm: Arm, shape: Any) -> None:
        """Give nothing: there is no shape by which a count could be moved."""
        del arm, shape
