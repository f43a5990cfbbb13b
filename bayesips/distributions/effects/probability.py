"""P(effect of one rate over another > margin), by quadrature over the control."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from bayesips.distributions import BetaMixture, Points, quadrature
from bayesips.distributions.any_distribution import Distribution
from bayesips.distributions.effects.scales import scale_named
from bayesips.distributions.estimate import estimate
from bayesips.errors import Refused

GRADES = 4.0 ** -np.arange(14.0)  # panels shrink like this towards a rate where the effect ends
LEAST_ERROR = 16 * np.finfo(float).eps  # rounding, below which no error is claimed
BENDS_AT = (1e-9, 0.02, 0.25, 0.5, 0.75, 0.98, 1 - 1e-9)  # quantiles between which panels split
DEEP, DEEPER = 1e-20, 2  # tails below the first, far from where panels are narrow, are refined
WIDEST_BEND = 1.0  # log odds; wider bends need no panels of their own


def prob_greater(
    x: Distribution, y: Distribution, margin: ArrayLike | None = None, scale: str = "difference"
) -> Any:
    """P(effect of x over y > margin), to about 1e-11; relative 1e-8 down to 1e-290.

    Parameters
    ----------
    x, y : distributions of a rate
        Independent; their batch shapes broadcast against each other.
    margin : array_like, optional
        Broadcasts against the batch. None is no effect: 0 for a difference, 1 for a ratio.
        Every distinct value costs one quadrature over the whole batch.
    scale : "difference", "ratio" or "odds_ratio"
        x - y, x / y, or the ratio of their odds.

    Returns
    -------
    Estimate, or Estimates where a batch or several margins are asked for: probabilities that
    carry their numerical `.error`, the change when the quadrature is refined. It is computed
    when it is first asked for.

    Raises
    ------
    Refused
        For an unknown scale, or a margin that is not finite or is below 0 for a ratio.
    """
    coarse = _over_margins(x, y, margin, scale, Side(upper=True, refine=0))

    def error() -> NDArray:
        fine = _over_margins(x, y, margin, scale, Side(upper=True, refine=1))
        return np.maximum(np.abs(fine - coarse), LEAST_ERROR)

    return estimate(coarse, error)


def prob_greater_error(
    x: Distribution, y: Distribution, margin: ArrayLike | None = None, scale: str = "difference"
) -> Any:
    """The `.error` of `prob_greater`, under its former name."""
    return prob_greater(x, y, margin, scale).error


def effect_cdf(
    x: Distribution, y: Distribution, effect: ArrayLike, scale: str = "difference"
) -> NDArray:
    """P(effect of x over y <= effect), with relative accuracy also where it is tiny."""
    return _over_margins(x, y, effect, scale, Side(upper=False, refine=0))


@dataclass(frozen=True)
class Side:
    """Which tail of the effect, on how fine a quadrature."""

    upper: bool
    refine: int

    def of(self, distribution: Distribution, rate: NDArray) -> NDArray:
        """The tail of the treated distribution at rates (Q,), batch axes first."""
        distribution = distribution[..., None] if distribution.batch_shape else distribution
        return distribution.sf(rate) if self.upper else distribution.cdf(rate)

    def at_logit(self, mixture: BetaMixture, logit: NDArray) -> NDArray:
        """The tail of a treated Beta mixture at log odds (Q,)."""
        mixture = mixture[..., None] if mixture.batch_shape else mixture
        return mixture.sf_at_logit(logit) if self.upper else mixture.cdf_at_logit(logit)


def _over_margins(x, y, margin, scale, side):
    """One tail of the effect at every margin; each distinct margin is one quadrature."""
    rules = scale_named(scale)
    margin = np.asarray(rules.no_effect if margin is None else margin, float)
    wrong = ~np.isfinite(margin) | ((margin < 0) & (rules.least == 0))
    if wrong.any():
        raise Refused(f"margin {margin[wrong].flat[0]} is not possible for a {scale}")
    if margin.ndim == 0:
        return _tail(x, y, float(margin), rules, side)
    shape = np.broadcast_shapes(margin.shape, x.batch_shape, y.batch_shape)
    result = np.empty(shape)
    for value in np.unique(margin):
        here = np.broadcast_to(margin == value, shape)
        result[here] = np.broadcast_to(_tail(x, y, float(value), rules, side), shape)[here]
    return result


def _tail(x, y, margin, rules, side):
    """One tail of the effect at one margin: the expectation over the control of x's tail."""
    if isinstance(x, Points) and not isinstance(y, Points):
        return _tail_of_points(x, y, margin, rules, side)
    breaks = _graded_breaks(margin, rules)
    if isinstance(x, BetaMixture) and isinstance(y, BetaMixture):
        value = _tail_of_mixtures(x, y, margin, rules, side)
        if np.any(value < DEEP):
            finer = replace(side, refine=side.refine + DEEPER)
            value = _tail_of_mixtures(x, y, margin, rules, finer)
    else:
        if isinstance(x, BetaMixture):
            breaks = np.concatenate([breaks, *_bend_edges(_bends(x, margin, rules))])
        else:
            places = [np.ravel(_quantiles(x)), getattr(x, "atoms", ())]  # an atom is a jump
            breaks = np.append(breaks, rules.control(np.concatenate(places), margin))
        inside = breaks[(breaks > 0) & (breaks < 1)]
        value = y.expect(
            lambda control: side.of(x, rules.threshold(control, margin)), inside, side.refine
        )
    return np.clip(value, 0, 1)


def _tail_of_mixtures(x, y, margin, rules, side):
    """One tail of the effect between Beta mixtures, on log odds, which never round to the edges."""
    return y.expect_logit(
        lambda logit: side.at_logit(x, rules.threshold_logit(logit, margin)),
        special.logit(_graded_breaks(margin, rules)),
        _bends(x, margin, rules),
        side.refine,
    )


def _tail_of_points(x, y, margin, rules, side):
    """One tail of the effect for draws x: the mean over x of the control's smooth tail."""
    other = Side(upper=not side.upper, refine=side.refine)
    return np.clip(x.expect(lambda treated: other.of(y, rules.control(treated, margin))), 0, 1)


def _quantiles(distribution):
    """Rates between which panels are split for a distribution without components."""
    levels = np.array(BENDS_AT)
    if distribution.batch_shape:
        return distribution[..., None].ppf(levels)
    return distribution.ppf(levels)


def _graded_breaks(margin, rules):
    """Control rates ever closer to the one at which the threshold leaves [0, 1]."""
    end, inwards = rules.ends(margin)
    if not 0 < end < 1:
        return np.empty(0)
    width = (1 - end) if inwards > 0 else end
    return np.append(end, end + inwards * width / 2 * GRADES)


def _bends(x, margin, rules):
    """Where on the control's log odds the tail of x bends: centres and widths."""
    centres, widths, _, _ = quadrature.features(x.a, x.b)
    treated = special.expit(centres)
    control = rules.control(treated, margin)
    inside = (control > 0) & (control < 1)
    if not inside.any():
        return None
    treated, control, widths = treated[inside], control[inside], widths[inside]
    stretch = treated * (1 - treated) / (control * (1 - control))
    return special.logit(control), np.minimum(widths * stretch, WIDEST_BEND)


def _bend_edges(bends):
    """Rates at which to split panels around the bends."""
    if bends is None:
        return []
    steps = quadrature.CORE * np.arange(-2.0, 3.0)
    return [special.expit(bends[0] + step * bends[1]) for step in steps]
