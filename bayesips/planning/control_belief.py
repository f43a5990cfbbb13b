"""What a planned trial believes about its controls before it starts, and where that comes from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from bayesips.borrowing import method_name
from bayesips.borrowing.biases import named
from bayesips.borrowing.separate import Separate
from bayesips.designs.arm_analysis import BorrowedControl, Prior
from bayesips.distributions.any_distribution import Distribution
from bayesips.engine.control_rate import Borrowing
from bayesips.sensitivity.labels import label


@dataclass(frozen=True, eq=False)
class ControlBelief:
    """History, and how it bears on the control rate.

    Parameters
    ----------
    label : str
        What it is called, usually the assessment model's name.
    borrowing : Borrowing
        Historical arms, method, endpoint, bias and vague part.
    """

    label: str
    borrowing: Borrowing

    @property
    def learns(self) -> bool:
        """Whether how much is borrowed depends on the concurrent controls."""
        return self.borrowing.learns

    @property
    def borrows(self) -> bool:
        """Whether history bears on the control rate; under `separate` it does not."""
        return not isinstance(self.borrowing.method, Separate)

    @cached_property
    def prior(self) -> Distribution:
        """Distribution of the control rate before any concurrent control."""
        return self.borrowing.prior()

    @cached_property
    def alone(self) -> Distribution:
        """Distribution of the control rate by history alone, without the vague part."""
        return self.borrowing.history()

    @property
    def analysis(self) -> Prior:
        """What a two-arm design takes as its control prior."""
        return BorrowedControl.of(self.borrowing) if self.learns else self.prior

    @property
    def name(self) -> str:
        """The method's name and the vague part's weight, for a reader."""
        robust = self.borrowing.robust
        vague = f", vague part {robust.weight:g}" if robust is not None else ""
        return f"{method_name(self.borrowing.method)}{vague}"

    @property
    def formula(self) -> str:
        """The prior in full: method and its priors, shifts for bias, vague part."""
        robust = self.borrowing.robust
        parts = [label(self.borrowing.method)]
        parts += [
            f"{each.name} shifts the log odds by {each.mean:+g} (sd {each.sd:g})"
            for each in named(self.borrowing.bias)
        ]
        if robust is not None:
            a, b = robust.mean * (robust.n + 1), (1 - robust.mean) * (robust.n + 1)
            parts.append(f"vague part of weight {robust.weight:g}, Beta({a:g}, {b:g})")
        return "; ".join(parts)
