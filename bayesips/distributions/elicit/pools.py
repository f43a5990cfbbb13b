"""One prior from several experts': the mean of their densities, or that of their logs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.convert import as_density
from bayesips.distributions.density import Density
from bayesips.distributions.elicit.elicited import Elicited
from bayesips.distributions.link import LOGIT
from bayesips.errors import Refused

if TYPE_CHECKING:
    from bayesips.distributions.any_distribution import Distribution

# An atom that a density keeps at 0 or 1 for the rates beyond double precision is no atom.
ROUNDS_AWAY = 1e-6
Experts = Sequence["Elicited | Distribution"]


def linear_pool(experts: Experts, weights: Sequence[float] | None = None) -> Elicited:
    """The weighted mean of the experts' densities: sum_i w_i p_i (Stone 1961).

    Every expert may be right: it is as wide as their disagreement.

    Parameters
    ----------
    experts : sequence of Elicited or distributions
    weights : sequence of float, optional
        Of 0 or more, brought to a sum of 1. None: equal.

    Raises
    ------
    Refused
        For no expert, or weights that do not fit.

    References
    ----------
    Stone M (1961), Ann Math Stat 32:1339-42, doi:10.1214/aoms/1177704873.
    """
    priors, shares = _checked(experts, weights)
    pooled, total = priors[0], shares[0]
    for prior, share in zip(priors[1:], shares[1:], strict=True):
        total += share
        pooled = pooled.mix(prior, share / total)
    return Elicited(pooled)


def logarithmic_pool(experts: Experts, weights: Sequence[float] | None = None) -> Elicited:
    """The normalised weighted product of the experts' densities, c prod_i p_i^w_i (Genest 1986).

    What one expert holds to be impossible is: it is as narrow as they are on average. Of single
    Betas it is the Beta with the weighted means of their shapes. Updating and pooling may be done
    in either order.

    Parameters
    ----------
    experts : sequence of Elicited or distributions
    weights : sequence of float, optional
        Of 0 or more, brought to a sum of 1. None: equal.

    Raises
    ------
    Refused
        For no expert, weights that do not fit, or a prior with a rate that is known exactly.

    References
    ----------
    Genest C, McConway KJ, Schervish MJ (1986), Ann Stat 14:487-501,
    doi:10.1214/aos/1176349934.
    """
    priors, shares = _checked(experts, weights)
    used = [(prior, share) for prior, share in zip(priors, shares, strict=True) if share > 0]
    if all(hasattr(prior, "a") and prior.a.shape == (1,) for prior, _ in used):
        a, b = (sum(share * getattr(p, x)[0] for p, share in used) for x in ("a", "b"))
        return Elicited(BetaMixture(1.0, a, b))
    return Elicited(_product(used))


def _product(used: Sequence[tuple[Distribution, float]]) -> Density:
    """The product of powers of densities; as the powers sum to 1, it is so on the log odds too."""
    for prior, _ in used:
        if not hasattr(prior, "logpdf"):
            raise Refused("draws have no density to multiply; give fit_beta_mixture(draws).mixture")
    densities = [(as_density(prior), share) for prior, share in used]
    if any(np.any(density.atom_weights > ROUNDS_AWAY) for density, _ in densities):
        raise Refused("a prior holds a rate that is known exactly: it has no density to multiply")
    ends = [density.curve.edges for density, _ in densities]
    low, high = max(edges[0] for edges in ends), min(edges[-1] for edges in ends)
    edges = np.unique(np.clip(np.concatenate(ends), low, high))

    def log_f(log_odds: NDArray) -> NDArray:
        parts = [share * density.curve.log_at(log_odds) for density, share in densities]
        return np.sum(parts, axis=0)

    return Density.from_log(LOGIT, log_f, edges)


def _checked(experts: Experts, weights: Sequence[float] | None) -> tuple[list, NDArray]:
    """The experts' distributions and their shares."""
    priors: list[Any] = [getattr(expert, "prior", expert) for expert in experts]
    for number, prior in enumerate(priors, start=1):
        if not hasattr(prior, "mix") or prior.batch_shape:
            raise Refused(
                f"expert {number} is {prior!r}; a single distribution of a rate is required, as "
                "BetaMixture, or what a function of bips.elicit returns"
            )
    if not priors:
        raise Refused("no experts given; one or more are required")
    given = np.ones(len(priors)) if weights is None else np.asarray(weights, dtype=float)
    if given.shape != (len(priors),) or not np.all(given >= 0) or not 0 < given.sum() < np.inf:
        raise Refused(
            f"weights {np.ravel(given).tolist()} for {len(priors)} experts; one of 0 or more for "
            "each is required, not all 0"
        )
    return priors, given / given.sum()
