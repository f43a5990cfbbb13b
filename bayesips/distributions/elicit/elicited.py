"""An elicited prior beside what was asked of it, in patients, and as a line of a model file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.mixture_fit import fit_beta_mixture
from bayesips.words.numbers import percent, span

if TYPE_CHECKING:
    from bayesips.distributions.any_distribution import Distribution

PATIENTS = 20  # of whom a prior says how many it expects with the outcome
TAILS = (0.025, 0.975)
DIGITS = 10  # of numbers in a line to paste


@dataclass(frozen=True, eq=False)
class Elicited:
    """A prior of a rate that an expert's words became.

    Attributes
    ----------
    prior : BetaMixture or Density
        To be used as any other distribution.
    asked : tuple of (str, float, float)
        Each statement, the probability or rate that was stated, and that of the prior.
    """

    prior: Distribution
    asked: tuple[tuple[str, float, float], ...] = ()

    @cached_property
    def mixture(self) -> BetaMixture:
        """The prior as a Beta mixture: itself, or the mixture fitted to it."""
        own: Any = self.prior
        return own if hasattr(own, "a") else fit_beta_mixture(own).mixture

    @property
    def toml(self) -> str:
        """The line to paste below [treated] of a model or plan file."""
        weights, a, b = (_numbers(getattr(self.mixture, name)) for name in ("weights", "a", "b"))
        if self.mixture.a.size == 1:
            return f"prior = [{a}, {b}]"
        return f"prior = {{ weights = [{weights}], a = [{a}], b = [{b}] }}"

    def patients(self, n: int = PATIENTS) -> tuple[float, int, int]:
        """How many of `n` new patients it expects with the outcome, and its 95 % interval."""
        counts = self.prior.predictive(n)
        low, high = np.asarray(counts.ppf(np.array(TAILS)))
        return float(counts.mean()), int(low), int(high)

    def __str__(self) -> str:
        expected, fewest, most = self.patients()
        mean, sd = float(self.prior.mean()), float(self.prior.std())
        low, high = (float(self.prior.ppf(tail)) for tail in TAILS)
        worth = mean * (1 - mean) / sd**2 - 1
        lines = [f"{_name(self.mixture)}: mean {percent(mean)}, 95 % interval {span(low, high)}"]
        lines += [f"  {what}: {said:.4g} stated, {own:.4g} here" for what, said, own in self.asked]
        lines += [
            f"  expects {expected:.1f} of {PATIENTS} new patients (95 % interval {fewest} to "
            f"{most}); is worth {worth:.1f} patients by its moments"
        ]
        pasted = "" if self.mixture is self.prior else "  # the mixture fitted to it"
        return "\n".join([*lines, f"  {self.toml}{pasted}"])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"


def _numbers(values: Sequence[float]) -> str:
    """Numbers of a line to paste."""
    return ", ".join(f"{float(value):.{DIGITS}g}" for value in np.ravel(values))


def _name(mixture: BetaMixture) -> str:
    """Beta(1, 1), or how many there are."""
    if mixture.a.size == 1:
        return f"Beta({mixture.a[0]:.4g}, {mixture.b[0]:.4g})"
    return f"mixture of {mixture.a.size} Betas"
