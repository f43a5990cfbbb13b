"""P(success) along the true control rate, at a given true effect."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesips.designs.rule import Scale
from bayesips.distributions.effects.scales import scale_named


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


def power_at_effect(design: Any, control: ArrayLike, effect: float | None) -> NDArray:
    """P(success) of a two-arm design along control rates; nan where no treated rate has the effect.

    Parameters
    ----------
    design : TwoArmDesign, or anything with its `rule` and `power`
    control : array_like
        True control rates.
    effect : float or None
        On the scale of the rule; None is no effect: the type I error.
    """
    treated = treated_with_effect(control, effect, design.rule.scale)
    power = design.power(np.nan_to_num(treated), np.asarray(control, float))
    return np.where(np.isnan(treated), np.nan, power)
