"""EB-robust MAP (Zhang et al. 2023): the least vague weight with which controls are no surprise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from bayesips.borrowing import as_story
from bayesips.borrowing.method import Adapted, Method, PriorOf, Robust
from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.conflict import TIE
from bayesips.distributions.kinds import Number, Word
from bayesips.distributions.ranges import INSIDE, NOT_NEGATIVE
from bayesips.distributions.settings import check_settings
from bayesips.evidence.arm import Arm

# Weights looked at; the weight is then bisected between two of them, to so many digits.
PLACES, BISECTIONS, DIGITS = 1001, 40, 10


@dataclass(frozen=True)
class EbRobust:
    """Informative and vague prior; the vague weight is the least at which Box's p is `threshold`.

    Parameters
    ----------
    threshold : float
        Prior-predictive tail of the controls that counts as no surprise: the larger, the sooner
        history is given up. Where no weight reaches it, history is not used (vague weight 1).
    informative : method or name
        Who makes the informative prior of history.
    mean, n : float
        The vague part, Beta(mean (n + 1), (1 - mean) (n + 1)).

    Notes
    -----
    The published form doubles the smaller tail of the predictive; here it is Box's tail, the sum
    over all counts no more likely than the observed one.

    References
    ----------
    Zhang H et al. (2023), Pharm Stat 22:846-60, doi:10.1002/pst.2315.
    """

    threshold: Annotated[float, Number(INSIDE)] = 0.5
    informative: Annotated[Any, Word()] = "map"
    mean: Annotated[float, Number(INSIDE)] = 0.5
    n: Annotated[float, Number(NOT_NEGATIVE)] = 1.0

    title: ClassVar[str] = "empirical Bayes robust MAP"

    def __post_init__(self) -> None:
        check_settings(self)

    def in_full(self) -> Method:
        """The informative method alone."""
        return as_story(self.informative)

    def adapt(self, arms: Sequence[Arm], concurrent: Arm, prior_of: PriorOf) -> Adapted:
        """The informative method, with the least vague weight that explains the controls."""
        del arms
        informative = self.in_full()
        size, outcomes = self.n + 1, np.arange(concurrent.n + 1)
        vague = BetaMixture([1.0], [self.mean * size], [(1 - self.mean) * size])
        trusted, doubted = (
            prior.predictive(concurrent.n).pmf(outcomes) for prior in (prior_of(informative), vague)
        )

        def tail(weights: ArrayLike) -> np.ndarray:
            w = np.asarray(weights, dtype=float)[..., None]
            pmf = (1 - w) * trusted + w * doubted
            rare = pmf <= pmf[..., concurrent.successes, None] * (1 + TIE)
            return np.where(rare, pmf, 0.0).sum(axis=-1)

        weight = _least(lambda weights: tail(weights) >= self.threshold)
        return Adapted(informative, Robust(weight, self.mean, self.n), 1 - weight)


def _least(explained: Callable[[ArrayLike], np.ndarray]) -> float:
    """Least weight at which a condition holds, 1 if it never does."""
    places = np.linspace(0.0, 1.0, PLACES)
    held = np.flatnonzero(explained(places))
    if not len(held) or held[0] == 0:
        return 0.0 if len(held) else 1.0
    low, high = places[held[0] - 1], places[held[0]]
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if explained(middle) else (middle, high)
    return round(float(high), DIGITS)
