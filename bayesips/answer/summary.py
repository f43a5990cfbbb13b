"""Any distribution of a rate in numbers: moments, quantiles, what it is worth in patients."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from bayesips.answer.information import ess
from bayesips.distributions.any_distribution import Distribution
from bayesips.errors import Refused, shown
from bayesips.words.numbers import percent, span
from bayesips.words.shown import Shown

LEVELS = {
    "low": 0.025,
    "lower_quartile": 0.25,
    "median": 0.5,
    "upper_quartile": 0.75,
    "high": 0.975,
}


@dataclass(frozen=True, repr=False)
class Summary(Shown):
    """A distribution of a rate in numbers.

    Attributes
    ----------
    mean, std : float
    low, lower_quartile, median, upper_quartile, high : float
        Quantiles at 2.5, 25, 50, 75 and 97.5 %.
    ess_elir, ess_moment : float
        Patients that it is worth; NaN where there is no such number.
    ess_reason : str
        Why the ELIR is missing, or of what it is; empty where it is the distribution's own.
    """

    mean: float
    std: float
    low: float
    lower_quartile: float
    median: float
    upper_quartile: float
    high: float
    ess_elir: float
    ess_moment: float
    ess_reason: str = ""

    def facts(self) -> dict[str, str]:
        """The numbers in words."""
        found = {
            "mean": percent(self.mean, 1),
            "sd": percent(self.std, 1),
            "median": percent(self.median, 1),
            "50 %": span(self.lower_quartile, self.upper_quartile, 1),
            "95 %": span(self.low, self.high, 1),
        }
        worth = {"ESS (ELIR)": self.ess_elir, "ESS (moments)": self.ess_moment}
        found |= {name: f"{value:.1f}" for name, value in worth.items() if np.isfinite(value)}
        return {**found, "ELIR": self.ess_reason} if self.ess_reason else found

    def as_dict(self) -> dict[str, Any]:
        """The numbers by name, for a table."""
        return asdict(self)


def summary(distribution: Distribution) -> Summary:
    """A single distribution of a rate in numbers.

    Parameters
    ----------
    distribution
        `BetaMixture`, `Density` or `Points`; also what holds one: an elicited prior, or a fit.

    Raises
    ------
    Refused
        For anything else, and for a batch: of that, index one.
    """
    held: Any = getattr(distribution, "prior", getattr(distribution, "mixture", distribution))
    if not hasattr(held, "ppf") or not hasattr(held, "batch_shape"):
        raise Refused(
            f"{shown(distribution)} given; a distribution of a rate is required, as "
            "BetaMixture(1, 3, 9), or what control_prior returns"
        )
    if held.batch_shape:
        raise Refused(f"a batch of shape {held.batch_shape} given; summarise one, as x[0]")
    elir, moment = ess(held), ess(held, "moment")
    return Summary(
        mean=float(held.mean()),
        std=float(held.std()),
        **{name: float(held.ppf(level)) for name, level in LEVELS.items()},
        ess_elir=float(elir),
        ess_moment=float(moment),
        ess_reason=elir.reason or "",
    )
