"""Densities beyond the limits of their link, where the rate or its complement is a power.

Shapes below 1 leave much of a Beta distribution there: Beta(0.1, 0.1) has 2 % of its mass at rates
that no double tells from 1. It is not cut off but counted, as an atom at 0 or 1, and sums over a
lattice are carried on through it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayesips.distributions.link import Link
from bayesips.distributions.mathematics import NUMPY
from bayesips.errors import NotSettled

# A double-exponential tail is summed so far beyond its limit; by there a shape of 1e-5 has ended,
# and of a smaller one the mass beyond is taken.
REACH = 8.0
# Powers found at two distances from a limit differ by no more than this part, if it is a power.
ALIKE = 1e-6
# Mass beyond a limit that need not be known.
NEGLIGIBLE = 1e-12
# The step from which powers are found.
STEP = 0.5


@dataclass(frozen=True, eq=False)
class Tail:
    """A density beyond one limit of its link.

    Parameters
    ----------
    link : Link
    upper : bool
        Beyond the upper limit.
    log_f : array
        Log density at the limit, on the link scale.
    power : array
        The rate (or complement) is below r with probability proportional to r ** power.
    """

    link: Link
    upper: bool
    log_f: Any
    power: Any

    @property
    def at_zero(self) -> bool:
        """Whether the rate is nearly 0 there, not nearly 1."""
        return self.upper == self.link.decreasing

    @property
    def limit(self) -> float:
        """Where it begins."""
        return self.link.limits[1 if self.upper else 0]

    @property
    def steep(self) -> bool:
        """Whether the log rate falls exponentially there, not linearly."""
        return self.upper and self.link.name == "cloglog"

    def log_mass(self) -> np.ndarray:
        """Log of the mass beyond the limit."""
        logs = self.log_f - np.log(self.power)
        return np.asarray(logs - self.limit if self.steep else logs)

    def log_sum(self, step: float) -> np.ndarray:
        """Log of the sum over a lattice that goes on beyond the limit, times its step."""
        if not self.steep:
            fall = step * self.power
            return np.asarray(self.log_f + np.log(step) - fall - np.log(-np.expm1(-fall)))
        beyond = step * np.arange(1, int(REACH / step) + 1)
        fall = np.multiply.outer(self.power * np.exp(self.limit), np.expm1(beyond))
        logs = self.log_f + np.log(step) + NUMPY.logsumexp(beyond - fall)
        farther = self.power * np.exp(self.limit) * np.expm1(beyond[-1] + step / 2)
        return np.logaddexp(logs, self.log_mass() - farther)


def atom_logs(pair: tuple[Tail, Tail]) -> np.ndarray:
    """Log masses at rates 0 and 1, (..., 2)."""
    first, second = pair if pair[0].at_zero else pair[::-1]
    return np.stack([first.log_mass(), second.log_mass()], axis=-1)


def tails(
    link: Link, logs: Callable[[np.ndarray], np.ndarray], log_total: np.ndarray
) -> tuple[Tail, Tail]:
    """Both tails of log densities `logs(eta)` (..., m), whose masses within are `log_total` (...).

    Raises
    ------
    NotSettled
        If so much lies beyond a limit that it must be known, and it is not a power there.
    """
    found = []
    for upper, limit in ((False, link.limits[0]), (True, link.limits[1])):
        inward = -1.0 if upper else 1.0
        at = logs(limit + inward * STEP * np.arange(3))
        near, far = (
            _power(Tail(link, upper, 0.0, 1.0), rise, limit + inward * STEP * place)
            for place, rise in enumerate(np.moveaxis(at[..., 1:] - at[..., :-1], -1, 0))
        )
        tail = Tail(link, upper, at[..., 0], np.maximum(near, 1e-300))
        matters = tail.log_mass() > log_total + np.log(NEGLIGIBLE)
        if np.any(matters & ~(np.abs(far - near) <= ALIKE * np.abs(near))):
            raise NotSettled(
                f"too much of the prior lies at survival {'0' if tail.at_zero else '1'}"
                " to double precision; give it shapes that are not so small"
            )
        found.append(tail)
    return found[0], found[1]


def _power(tail: Tail, rise: np.ndarray, start: float) -> np.ndarray:
    """The power from the rise of the log density over one step inward from `start`."""
    if not tail.steep:
        return rise / STEP
    return (rise + STEP) / (np.exp(start) * -np.expm1(-STEP))
