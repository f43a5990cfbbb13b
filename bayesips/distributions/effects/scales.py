"""Scales of an effect: each knows its formula, its value without effect, and its words."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from bayesips.errors import Refused
from bayesips.words.effects import EffectWords, Factor, Points


@dataclass(frozen=True)
class Scale:
    """What an effect is: a difference, a ratio or an odds ratio.

    `no_effect` is its value between equal rates; it lies between `least` and `largest`.
    `effect(treated, control)` is its formula, of numbers, arrays or PyMC's variables;
    `threshold(control, margin)` is the treated rate with exactly this effect over a control
    rate, `control(treated, margin)` its inverse, `slope(control, treated, effect)` the change of
    the threshold with the effect, and `ends(margin)` is the control rate at which the threshold
    leaves [0, 1], if there is one, and the direction (+1, -1) in which it is inside. The mean of a
    ratio is E[t^p (1 - t)^q] E[c^r (1 - c)^s] with `powers` ((p, q), (r, s)).
    """

    no_effect: float
    least: float
    largest: float
    words: EffectWords
    effect: Callable
    slope: Callable
    threshold: Callable
    threshold_logit: Callable
    control: Callable
    ends: Callable
    powers: tuple[tuple[int, int], tuple[int, int]] | None = None

    @property
    def is_ratio(self) -> bool:
        """Whether margins are factors: above 0, and searched for on their logs."""
        return bool(np.isinf(self.largest))


def _odds_times(rate, factor):
    """The rate whose odds are `factor` times as large."""
    with np.errstate(divide="ignore"):
        return special.expit(special.logit(rate) + np.log(factor))


def _logit_plus(logit, margin):
    """Log odds of expit(logit) + margin, infinite where that leaves [0, 1]."""
    if margin == 0:
        return logit
    with np.errstate(divide="ignore"):
        return special.logit(np.clip(special.expit(logit) + margin, 0, 1))


def _logit_times(logit, margin):
    """Log odds of expit(logit) * margin, infinite where that leaves [0, 1]."""
    if margin == 1:
        return logit
    with np.errstate(divide="ignore"):
        log_rate = np.minimum(special.log_expit(logit) + np.log(margin), 0)
        return log_rate - np.log(-np.expm1(log_rate))


def _logit_odds(logit, margin):
    """Log odds when the odds are multiplied by margin."""
    with np.errstate(divide="ignore"):
        return logit + np.log(margin)


def _ends_of_difference(margin):
    """Control rate at which control + margin reaches 0 or 1."""
    return (-margin, 1) if margin < 0 else (1 - margin, -1)


def _divided(treated, margin):
    """Treated / margin; at margin 0 every positive rate is infinitely better, 0 is not."""
    if margin == 0:
        return np.where(np.asarray(treated) > 0, np.inf, 0.0)
    return treated / margin


SCALES = {
    "difference": Scale(
        no_effect=0.0,
        least=-1.0,
        largest=1.0,
        words=Points(),
        effect=lambda treated, control: treated - control,
        slope=lambda control, treated, effect: np.ones(np.shape(treated)),
        threshold=lambda control, margin: control + margin,
        threshold_logit=_logit_plus,
        control=lambda treated, margin: treated - margin,
        ends=_ends_of_difference,
    ),
    "ratio": Scale(
        no_effect=1.0,
        least=0.0,
        largest=np.inf,
        words=Factor("ratio", "{noun} ratio"),
        effect=lambda treated, control: treated / control,
        slope=lambda control, treated, effect: np.broadcast_to(control, np.shape(treated)),
        threshold=lambda control, margin: control * margin,
        threshold_logit=_logit_times,
        control=_divided,
        ends=lambda margin: (1 / margin, -1) if margin > 1 else (1.0, -1),
        powers=((1, 0), (-1, 0)),
    ),
    "odds_ratio": Scale(
        no_effect=1.0,
        least=0.0,
        largest=np.inf,
        words=Factor("odds ratio", "odds ratio of {noun}"),
        effect=lambda treated, control: treated * (1 - control) / (control * (1 - treated)),
        slope=lambda control, treated, effect: treated * (1 - treated) / effect,
        threshold=_odds_times,
        threshold_logit=_logit_odds,
        control=lambda treated, margin: _odds_times(treated, _divided(1.0, margin)),
        ends=lambda margin: (1.0, -1),
        powers=((1, -1), (-1, 1)),
    ),
}


def scale_named(name: str) -> Scale:
    """The scale of this name, or Refused saying which there are."""
    if name not in SCALES:
        raise Refused(f"scale {name!r} is not one of {', '.join(SCALES)}")
    return SCALES[name]
