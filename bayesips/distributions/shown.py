"""How a distribution of a rate shows itself: what it is, mean, standard deviation, interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bayesips.words.numbers import percent, span
from bayesips.words.shown import Shown

if TYPE_CHECKING:
    from bayesips.distributions.beta_mixture import BetaMixture

TAILS = (0.025, 0.975)
MOST = 3  # components that are written out


class ShownRate(Shown):
    """A distribution of one rate, or a batch of them, as a prompt and a notebook show it."""

    def facts(self) -> dict[str, str]:
        """What it is; of a single one also its moments and interval."""
        own: Any = self
        found = {"of": _made_of(own)} if hasattr(own, "a") else {}
        if own.batch_shape:
            return {**found, "batch": str(own.batch_shape)}
        low, high = (float(own.ppf(tail)) for tail in TAILS)
        return {
            **found,
            "mean": percent(own.mean(), 1),
            "sd": percent(own.std(), 1),
            "95 %": span(low, high, 1),
        }


def _made_of(mixture: BetaMixture) -> str:
    """The components of a Beta mixture, or how many there are."""
    if mixture.batch_shape or mixture.a.size > MOST:
        size = mixture.a.shape[-1]
        return f"{size} Betas" if size > 1 else "one Beta"
    parts = [
        f"{'' if weight == 1 else f'{weight:.4g} '}Beta({a:.4g}, {b:.4g})"
        for weight, a, b in zip(mixture.weights, mixture.a, mixture.b, strict=True)
    ]
    return " + ".join(parts)
