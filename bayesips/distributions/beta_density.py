"""Beta mixtures held as densities on the scale of a link."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from bayesips.distributions.density import Density
from bayesips.distributions.link import Link
from bayesips.distributions.linking import FIRST_PANELS, log_odds_held
from bayesips.distributions.mathematics import NUMPY

if TYPE_CHECKING:
    from bayesips.distributions.beta_mixture import BetaMixture


def density_of_mixture(mixture: BetaMixture, link: Link) -> Density:
    """A Beta mixture as a density; the mass of rates that round to 0 or 1 as atoms there."""
    low, high = log_odds_held(link)
    with np.errstate(divide="ignore"):
        beyond = np.log([mixture.cdf_at_logit(low), mixture.sf_at_logit(high)])
    return Density.from_log(
        link,
        lambda eta: _log_density(mixture, link, eta),
        np.linspace(*link.limits, FIRST_PANELS + 1),
        atoms=[0.0, 1.0],
        atom_logs=np.moveaxis(beyond, 0, -1),
    )


def _log_density(mixture: BetaMixture, link: Link, eta: np.ndarray) -> np.ndarray:
    """Log density with respect to eta, in logs throughout: a rate may round to 0 or 1."""
    log_rate, log_miss = link.log_rate(eta, NUMPY), link.log_miss(eta, NUMPY)
    a, b = mixture.a[..., None], mixture.b[..., None]
    with np.errstate(divide="ignore"):
        log_weight = np.log(mixture.weights)[..., None] - special.betaln(a, b)
    parts = log_weight + (a - 1) * log_rate + (b - 1) * log_miss
    return np.logaddexp.reduce(parts, axis=-2) + link.log_slope(eta)
