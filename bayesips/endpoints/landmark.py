"""Landmark endpoint: survival at one day, with evidence reported at any other day.

theta = S(t0). Proportional hazards between arms with a common shape: S(t) = theta^g(t) with
g(t0) = 1, so that on eta = log(-log theta) another day is a shift by log g(t). Larger eta, worse
survival.
"""

from __future__ import annotations

import math as scalar
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

import numpy as np

from bayesips.distributions.kinds import MeanPrior, Numbers, Positive, SpreadPrior, Word
from bayesips.distributions.link import CLOGLOG, DEFAULTS, Link
from bayesips.distributions.mathematics import NUMPY, Mathematics
from bayesips.distributions.settings import check_settings
from bayesips.endpoints.landmark_rows import (
    check_rows,
    day_nodes,
    first_contradiction,
    piecewise_hazard,
    rows_by_day,
)
from bayesips.endpoints.likelihood import Term, Translation
from bayesips.endpoints.patient_times import PatientArm
from bayesips.errors import Refused
from bayesips.evidence.arm import Arm

BRIDGES = ("weibull", "piecewise")
# Days over which one Weibull shape is defensible (early deaths, then a plateau).
WEIBULL_DAYS = (14.0, 180.0)
OUT_OF_REACH = (
    f"the Weibull bridge holds for days {WEIBULL_DAYS[0]:g} to {WEIBULL_DAYS[1]:g}; "
    'outside of them use bridge = "piecewise"'
)
CUT_SHORT = f", or end the follow-up with until = {WEIBULL_DAYS[1]:g}"


@dataclass(frozen=True)
class Landmark:
    """Survival at `day`, from rows at any day.

    Parameters
    ----------
    day : float
        The day asked about, t0.
    bridge : {"weibull", "piecewise"}
        g(t) = (t / t0)^k, or H0(t) / H0(t0) with a hazard constant between `cuts`.
    shape : prior
        Weibull shape k (deaths come early: the default has median 0.65).
    steps : prior
        Successive log hazard ratios of the piecewise bridge.
    cuts : sequence of float
        Days at which the piecewise hazard changes.
    discharge, not_stated : (median day, sd of its log)
        Lognormal priors of an unknown day, independent for each arm.

    Raises
    ------
    Refused
        If the bridge, the day or a prior is not allowed.
    """

    day: Positive = 56.0
    bridge: Annotated[str, Word(BRIDGES)] = "weibull"
    shape: SpreadPrior = ("lognormal", scalar.log(0.65), 0.3)
    steps: MeanPrior = ("normal", -0.7, 0.7)
    cuts: Annotated[tuple[float, ...], Numbers()] = (28.0, 100.0, 365.0)
    discharge: Annotated[tuple[float, float], Numbers(2)] = (60.0, 0.5)
    not_stated: Annotated[tuple[float, float], Numbers(2)] = (60.0, 0.8)

    in_time: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_settings(self, "landmark ")
        if not self.reaches(self.day):
            raise Refused(f"landmark day is {self.day:g}; {OUT_OF_REACH}")
        if list(self.cuts) != sorted(set(self.cuts)) or not all(cut > 0 for cut in self.cuts):
            raise Refused(f"cuts are {self.cuts}; they must be days above 0, in order")

    @property
    def scale(self) -> Link:
        """The complementary log-log link."""
        return CLOGLOG

    @property
    def defaults(self) -> dict[str, tuple[Any, ...]]:
        """Default hyperpriors on this link (the logit's would be wrong here)."""
        return DEFAULTS["cloglog"]

    @property
    def conjugate(self) -> bool:
        """A Beta prior does not stay a Beta: rows lie at other days."""
        return False

    def at(self, day: float) -> Landmark:
        """The endpoint that asks about another day."""
        return replace(self, day=float(day))

    def reading(self, arms: Iterable[Arm], day: float | None) -> tuple[Arm, ...]:
        """The arms as reported: each row is read at its own day.

        Raises
        ------
        Refused
            Naming the first arm with a day beyond the bridge, or none that fits its rows.
        """
        del day
        arms = tuple(arms)
        for arm in arms:
            self.check_arm(arm)
        return arms

    def reaches(self, day: float) -> bool:
        """Whether the bridge is defensible at a day."""
        return self.bridge != "weibull" or WEIBULL_DAYS[0] <= day <= WEIBULL_DAYS[1]

    def check_reach(self, arm: Arm | PatientArm) -> None:
        """Refuse a day beyond the bridge; patients followed from the start may die early.

        Raises
        ------
        Refused
            Naming the arm, the day, and what can be done.
        """
        for day in self._known_days(arm):
            followed = isinstance(arm, PatientArm)
            if not self.reaches(day) and not (followed and day < self.day):
                also = CUT_SHORT if followed else ""
                raise Refused(f"{arm.label}: a row at day {day:g}; {OUT_OF_REACH}{also}")

    def check_arm(self, arm: Arm | PatientArm) -> None:
        """Refuse days of an arm that cannot be read: beyond the bridge, or unknown and impossible.

        Raises
        ------
        Refused
            Naming the arm.
        """
        self.check_reach(arm)
        if isinstance(arm, Arm):
            self.day_groups(arm, self.unknown_days(arm)[1])

    def tell(self, build: Any) -> tuple[Any, ...]:
        """Add the bridge's unknowns: the Weibull shape, or the piecewise log hazard steps."""
        if self.bridge == "weibull":
            return (build.hyper("shape", self.shape),)
        return tuple(
            build.hyper(f"hazard_step_{index + 1}", self.steps) for index in range(len(self.cuts))
        )

    def log_growth(self, day: Any, shape: tuple[Any, ...], math: Mathematics) -> Any:
        """Log g(day): how far another day (or days, an array) shifts eta."""
        if self.bridge == "weibull":
            return shape[0] * np.log(day / self.day)
        at_day, at_landmark = (
            piecewise_hazard(each, self.cuts, shape, math) for each in (day, self.day)
        )
        return math.log(at_day) - math.log(at_landmark)

    def chains(
        self, arm: Arm | PatientArm, eta: Any, shape: tuple[Any, ...], math: Mathematics
    ) -> list[tuple[Any, list[Term]]]:
        """Give the arm's likelihood as weighted chains; an unknown day's nodes are a last axis.

        Raises
        ------
        Refused
            If the rows contradict each other or lie out of the bridge's reach; the message names
            the arm.
        """
        check_rows(arm, self.day)
        self.check_reach(arm)
        if isinstance(arm, PatientArm):
            return [(0.0, self._at_risk(arm, eta, shape, math))]
        log_weights, days = self.unknown_days(arm)
        if days is None:
            return [(0.0, self._chain(arm, scalar.nan, eta, shape, math))]
        eta, shape = eta[..., None], tuple(value[..., None] for value in shape)
        return [
            (log_weights[same], self._chain(arm, days[same], eta, shape, math))
            for same in self.day_groups(arm, days)
        ]

    def translation(
        self, arm: Arm | PatientArm, shape: tuple[np.ndarray, ...]
    ) -> Translation | None:
        """Give a single count as one at the landmark: another day is a shift of eta.

        A lognormal day is a Normal blur, for log g(day) = k log(day / t0) under the Weibull bridge.
        None where several rows of the same patients hang together.

        Raises
        ------
        Refused
            As `chains`.
        """
        if isinstance(arm, PatientArm) or arm.observations:
            return None
        check_rows(arm, self.day)
        self.check_reach(arm)
        base = Arm(arm.label, arm.successes, arm.n, relation=arm.relation)
        if not isinstance(arm.day, str):
            shift = self.log_growth(self.day if arm.day is None else arm.day, shape, NUMPY)
            return Translation(base, shift, np.zeros(shift.shape))
        if self.bridge != "weibull":
            return None
        median, spread = self.discharge if arm.day == "discharge" else self.not_stated
        return Translation(base, self.log_growth(median, shape, NUMPY), spread * shape[0])

    def unknown_days(self, arm: Arm) -> tuple[Any, Any]:
        """Log weights and nodes of the arm's unknown day; None where all are known.

        Raises
        ------
        Refused
            If the arm has two different unknown days.
        """
        words = {day for day, _, _ in arm.rows if isinstance(day, str)}
        if not words:
            return None, None
        if len(words) > 1:
            raise Refused(f"{arm.label}: two different unknown days; allowed is one per arm")
        prior = self.discharge if words == {"discharge"} else self.not_stated
        return day_nodes(*prior, self._known_days(arm))

    def _known_days(self, arm: Arm | PatientArm) -> list[float]:
        """Days that the arm's rows, or the ends of its follow-up, name, in order."""
        if isinstance(arm, PatientArm):
            return [part.end for part in arm.intervals]
        known = [self.day if day is None else day for day, _, _ in arm.rows]
        return sorted({day for day in known if not isinstance(day, str)})

    def day_groups(self, arm: Arm, days: np.ndarray | None) -> list[np.ndarray]:
        """The nodes of an unknown day that its rows allow, by their order to the known days.

        One for each chain of `chains`, as marks (nodes,).

        Raises
        ------
        Refused
            If they allow none.
        """
        if days is None:
            return []
        place = np.searchsorted(self._known_days(arm), days)
        groups = [place == group for group in np.unique(place)]
        found = [same for same in groups if self._possible(arm, float(days[same][0]))]
        if not found:
            raise Refused(f"{arm.label}: no day for the row without a day fits its other rows")
        return found

    def _possible(self, arm: Arm, unknown: float) -> bool:
        """Whether any course of the patients meets all rows if the unknown day is this one."""
        return first_contradiction(rows_by_day(arm, self.day, unknown), arm.n) is None

    def _chain(self, arm: Arm, unknown: Any, eta: Any, shape: Any, math: Any) -> list[Term]:
        """Terms in order of day."""
        first = float(np.min(unknown))  # all nodes of a group stand where their first one stands
        rows = rows_by_day(arm, self.day, first)
        terms, before = [], 0.0
        for day, met in rows.items():
            growth = self.log_growth(unknown if day == first else day, shape, math)
            hazard = math.exp(eta) * math.exp(growth)
            log_p = before - hazard
            terms.append(Term(tuple(met), log_p, math.log(-math.expm1(log_p))))
            before = hazard
        return terms

    def _at_risk(self, arm: PatientArm, eta: Any, shape: Any, math: Any) -> list[Term]:
        """One term for each interval: of those at risk, who were alive at its end."""
        terms = []
        for interval in arm.intervals:
            hazard = math.exp(eta + self.log_growth(interval.end, shape, math))
            if interval.start > 0:
                hazard = hazard - math.exp(eta + self.log_growth(interval.start, shape, math))
            row = ("=", interval.at_risk - interval.deaths)
            terms.append(Term((row,), -hazard, math.log(-math.expm1(-hazard)), interval.at_risk))
        return terms
