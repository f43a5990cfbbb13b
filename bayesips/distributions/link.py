"""Links between a rate and the scale on which arms are Normal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from bayesips.distributions.mathematics import NUMPY, Mathematics


@dataclass(frozen=True)
class Link:
    """A link with both tails in logs.

    `log_rate` and `log_miss` take a `Mathematics`, so that the quadrature engine (numpy) and the
    PyMC engine (pytensor) share one formula. Beyond `limits` a rate is 0 or 1 to double precision.
    """

    name: str
    limits: tuple[float, float]
    decreasing: bool
    log_rate: Callable[[Any, Mathematics], Any]
    log_miss: Callable[[Any, Mathematics], Any]
    from_rate: Callable[[np.ndarray], np.ndarray]

    def rate(self, eta: np.ndarray) -> np.ndarray:
        """Rate at `eta`."""
        return np.exp(self.log_rate(eta, NUMPY))

    def at(self, log_rate: np.ndarray, log_miss: np.ndarray) -> np.ndarray:
        """Link-scale rate from the logs of the rate and of its complement."""
        return log_rate - log_miss if self.name == "logit" else np.log(-log_rate)

    def log_slope(self, eta: np.ndarray) -> np.ndarray:
        """Log of |d rate / d eta|."""
        if self.name == "logit":
            return self.log_rate(eta, NUMPY) + self.log_miss(eta, NUMPY)
        return eta + self.log_rate(eta, NUMPY)


def _from_cloglog(rate: np.ndarray) -> np.ndarray:
    """log(-log rate), its two ends infinite."""
    with np.errstate(divide="ignore"):
        return np.log(-np.log(rate))


LOGIT = Link(
    name="logit",
    limits=(-40.0, 40.0),
    decreasing=False,
    log_rate=lambda eta, math: math.log_sigmoid(eta),
    log_miss=lambda eta, math: math.log_sigmoid(-eta),
    from_rate=special.logit,
)
# S = exp(-exp(eta)): larger eta, worse survival; the natural link under proportional hazards.
CLOGLOG = Link(
    name="cloglog",
    limits=(-40.0, 6.5),
    decreasing=True,
    log_rate=lambda eta, math: -math.exp(eta),
    log_miss=lambda eta, math: math.log(-math.expm1(-math.exp(eta))),
    from_rate=_from_cloglog,
)
LINKS = {link.name: link for link in (LOGIT, CLOGLOG)}
# Hyperpriors where none are said. On log(-log) the centre is survival one half; the logit's
# Normal(0, 2) would put a third of the prior below 5 % survival there.
DEFAULTS: dict[str, dict[str, tuple[Any, ...]]] = {
    "logit": {"mu": ("normal", 0.0, 2.0), "tau": ("half_normal", 1.0)},
    "cloglog": {"mu": ("normal", -0.37, 1.0), "tau": ("half_normal", 0.5)},
}
