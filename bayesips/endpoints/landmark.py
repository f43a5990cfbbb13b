"""Landmark endpoint: survival at one day, with evidence reported at any other day.

theta = S(t0). Proportional hazards between arms with a common shape: S(t) = theta^g(t) with
g(t0) = 1, so that on eta = log(-log theta) another day is a shift by log g(t). Larger eta, worse
survival.
"""

from __future__ import annotations

import math as scalar
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayesips.arm import Arm
from bayesips.endpoints.likelihood import Term, allowed_counts
from bayesips.link import CLOGLOG, DEFAULTS, Link
from bayesips.mathematics import Mathematics
from bayesips.priors import POSITIVE, REAL, Prior

BRIDGES = ("weibull", "piecewise")
# Hermite nodes for an unknown day: twice as many change no reported figure by 1e-9.
DAY_NODES = 25
# Days over which one Weibull shape is defensible (early deaths, then a plateau).
WEIBULL_DAYS = (14.0, 180.0)


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
    ValueError
        If the bridge, the day or a prior is not allowed.
    """

    day: float = 56.0
    bridge: str = "weibull"
    shape: tuple[Any, ...] = ("lognormal", scalar.log(0.65), 0.3)
    steps: tuple[Any, ...] = ("normal", -0.7, 0.7)
    cuts: tuple[float, ...] = (28.0, 100.0, 365.0)
    discharge: tuple[float, float] = (60.0, 0.5)
    not_stated: tuple[float, float] = (60.0, 0.8)

    def __post_init__(self) -> None:
        if self.bridge not in BRIDGES:
            raise ValueError(f"unknown bridge {self.bridge!r}; allowed are {', '.join(BRIDGES)}")
        if not self.day > 0:
            raise ValueError(f"landmark day is {self.day}; it must be above 0")
        Prior.parse(self.shape).within(POSITIVE, "the Weibull shape")
        Prior.parse(self.steps).within(REAL, "the log hazard ratios")
        if list(self.cuts) != sorted(set(self.cuts)) or not all(cut > 0 for cut in self.cuts):
            raise ValueError(f"cuts are {self.cuts}; they must be days above 0, in order")

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
        return math.log(self._hazard(day, shape, math)) - math.log(
            self._hazard(self.day, shape, math)
        )

    def _hazard(self, day: Any, steps: tuple[Any, ...], math: Mathematics) -> Any:
        """Cumulative baseline hazard, the first interval's hazard being 1."""
        edges = (0.0, *self.cuts, scalar.inf)
        total, log_hazard = 0.0 * steps[0], 0.0 * steps[0]
        for index in range(len(edges) - 1):
            width = np.maximum(0.0, np.minimum(day, edges[index + 1]) - edges[index])
            if index:
                log_hazard = log_hazard + steps[index - 1]
            total = total + width * math.exp(log_hazard)
        return total

    def chains(
        self, arm: Arm, eta: Any, shape: tuple[Any, ...], math: Mathematics
    ) -> list[tuple[Any, list[Term]]]:
        """Give the arm's likelihood as weighted chains; an unknown day's nodes are a last axis.

        Raises
        ------
        ValueError
            If the rows contradict each other; the message names the arm.
        """
        check_rows(arm, self.day)
        log_weights, days = self._unknown_days(arm)
        if days is None:
            return [(0.0, self._chain(arm, scalar.nan, eta, shape, math))]
        eta, shape = eta[..., None], tuple(value[..., None] for value in shape)
        return [
            (log_weights[same], self._chain(arm, days[same], eta, shape, math))
            for same in self._same_order(arm, days)
        ]

    def _same_order(self, arm: Arm, days: np.ndarray) -> list[np.ndarray]:
        """The nodes of an unknown day, in groups that stand in the same order to the known days."""
        known = [self.day if day is None else day for day, _, _ in arm.rows]
        known = sorted({day for day in known if not isinstance(day, str)})
        place = np.searchsorted(known, days)
        return [place == group for group in np.unique(place)]

    def _chain(self, arm: Arm, unknown: Any, eta: Any, shape: Any, math: Any) -> list[Term]:
        """Terms in order of day."""
        rows: dict[float, list[tuple[str, int]]] = {}
        first = float(np.min(unknown))  # all nodes of a group stand where their first one stands
        for day, relation, successes in arm.rows:
            known = self.day if day is None else first if isinstance(day, str) else day
            rows.setdefault(known, []).append((relation, successes))
        terms, before = [], 0.0
        for day in sorted(rows):
            hazard = math.exp(eta + self.log_growth(unknown if day == first else day, shape, math))
            log_p = before - hazard
            terms.append(Term(tuple(rows[day]), log_p, math.log(-math.expm1(log_p))))
            before = hazard
        return terms

    def _unknown_days(self, arm: Arm) -> tuple[Any, Any]:
        """Log weights and nodes of the arm's unknown day; None where all are known."""
        words = {day for day, _, _ in arm.rows if isinstance(day, str)}
        if not words:
            return None, None
        if len(words) > 1:
            raise ValueError(f"{arm.label}: two different unknown days; allowed is one per arm")
        median, spread = self.discharge if words == {"discharge"} else self.not_stated
        nodes, weights = np.polynomial.hermite_e.hermegauss(DAY_NODES)
        return np.log(weights / weights.sum()), median * np.exp(spread * nodes)


def check_rows(arm: Arm, asked: float) -> None:
    """Refuse rows of known days that no course of the same patients could give."""
    if np.ndim(arm.successes) or np.ndim(arm.n):
        return
    rows: dict[float, list[tuple[str, int]]] = {}
    for day, relation, successes in arm.rows:
        if not isinstance(day, str):
            rows.setdefault(asked if day is None else day, []).append((relation, successes))
    most = arm.n
    for day in sorted(rows):
        counts = allowed_counts(rows[day], most)
        if not len(counts):
            told = ", ".join(f"{relation} {successes}" for relation, successes in rows[day])
            raise ValueError(
                f"{arm.label}: alive at day {day:g} {told}, but at most {most} of {arm.n} can be "
                "alive then; survivors cannot rise from one day to a later one"
            )
        most = int(counts.max())
