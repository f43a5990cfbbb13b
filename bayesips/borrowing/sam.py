"""Self-adapting mixture prior (Yang et al. 2023): controls weigh history against a vague part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
from scipy import special

from bayesips.borrowing import as_story
from bayesips.borrowing.method import Adapted, Method, PriorOf, Robust
from bayesips.distributions.kinds import Number, Positive, Word
from bayesips.distributions.ranges import INSIDE, NOT_NEGATIVE
from bayesips.distributions.settings import check_settings
from bayesips.evidence.arm import Arm


@dataclass(frozen=True)
class Sam:
    """Informative and vague prior, weighted by how well history explains the controls.

    With R the likelihood ratio of the concurrent controls at the mean of the informative prior
    against the better of mean - delta and mean + delta, the informative part has the weight
    w = o R / (1 + o R), o being the prior odds; o = 1 is the likelihood-ratio form, another o the
    posterior-probability form. `Adapted.robust.weight`, the vague part's, is 1 - w.

    Parameters
    ----------
    delta : float
        Clinically relevant difference of rates; it must be stated.
    informative : method or name
        Who makes the informative prior of history.
    prior_odds : float
        Odds that history and the controls agree, before the controls are seen.
    mean, n : float
        The vague part, Beta(mean (n + 1), (1 - mean) (n + 1)).

    References
    ----------
    Yang P et al. (2023), Biometrics 79:2857-68, doi:10.1111/biom.13927.
    """

    delta: Annotated[float, Number(INSIDE)]
    informative: Annotated[Any, Word()] = "map"
    prior_odds: Positive = 1.0
    mean: Annotated[float, Number(INSIDE)] = 0.5
    n: Annotated[float, Number(NOT_NEGATIVE)] = 1.0

    title: ClassVar[str] = "self-adapting mixture (SAM)"

    def __post_init__(self) -> None:
        check_settings(self)

    def in_full(self) -> Method:
        """The informative method alone."""
        return as_story(self.informative)

    def adapt(self, arms: Sequence[Arm], concurrent: Arm, prior_of: PriorOf) -> Adapted:
        """The informative method, with the vague weight that the controls ask for."""
        del arms
        informative = self.in_full()
        centre = float(prior_of(informative).mean())
        rates = np.clip([centre, centre - self.delta, centre + self.delta], 0.0, 1.0)
        logs = special.xlogy(concurrent.successes, rates) + special.xlog1py(
            concurrent.n - concurrent.successes, -rates
        )
        weight = float(special.expit(np.log(self.prior_odds) + logs[0] - max(logs[1:])))
        return Adapted(informative, Robust(1 - weight, self.mean, self.n), weight)
