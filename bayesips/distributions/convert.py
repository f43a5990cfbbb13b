"""Any distribution of a rate as a density."""

from __future__ import annotations

from bayesips.distributions.any_distribution import Distribution
from bayesips.distributions.density import Density
from bayesips.distributions.link import LOGIT, Link


def as_density(distribution: Distribution, link: Link = LOGIT) -> Density:
    """Hold any distribution with a `logpdf` as a `Density`.

    Parameters
    ----------
    distribution
        `BetaMixture`, `Density`, or anything with `logpdf`, `logcdf`, `logsf` and `batch_shape`.
    link
        On whose scale it is held.

    Raises
    ------
    TypeError
        If it has no density (draws).
    """
    if not hasattr(distribution, "logpdf"):
        raise TypeError(
            f"{type(distribution).__name__} has no density: fit a mixture to the draws first "
            "(fit_beta_mixture)"
        )
    return Density.of(distribution, link)
