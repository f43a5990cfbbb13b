"""P(success) along the true control rate, at a given true effect."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesips.designs.rule import Rule, Scale
from bayesips.distributions.effects.scales import scale_named


class WithPower(Protocol):
    """A two-arm design, or the trial that runs it, by its rule and its P(success)."""

    @property
    def rule(self) -> Rule:
        """On the effect of treated over control."""

    @property
    def success_table(self) -> NDArray:
        """P(success) of every pair of outcomes."""

    def power(self, rate_treated: ArrayLike, rate_control: ArrayLike, /) -> NDArray:
        """P(success) at true rates."""


def treated_with_effect(control: ArrayLike, effect: float | None, scale: Scale) -> NDArray:
    """Treated rates that have the effect over true control rates; nan where none can have it.

    Parameters
    ----------
    control : array_like
        True control rates.
    effect : float or None
        On the scale; None is no effect.
    scale : {"difference", "ratio", "odds_ratio"}
    """
    form = scale_named(scale)
    wanted = form.no_effect if effect is None else effect
    treated = np.asarray(form.threshold(np.asarray(control, float), wanted))
    return np.where((treated >= 0) & (treated <= 1), treated, np.nan)


def power_at_effect(design: WithPower, control: ArrayLike, effect: float | None) -> NDArray:
    """P(success) of a two-arm design along control rates; nan where no treated rate has the effect.

    Parameters
    ----------
    design : TwoArmDesign, or a trial of one
    control : array_like
        True control rates.
    effect : float or None
        On the scale of the rule; None is no effect: the type I error.
    """
    treated = treated_with_effect(control, effect, design.rule.scale)
    power = design.power(np.nan_to_num(treated), np.asarray(control, float))
    return np.where(np.isnan(treated), np.nan, power)
