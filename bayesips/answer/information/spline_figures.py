"""ELIR and Morita's figure of a log-spline, with a Beta mixture beside it or not."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, expit

from bayesips.answer.information.log_spline import Likelihood, LogSpline, quadrature
from bayesips.answer.information.morita import morita
from bayesips.answer.information.smoothing import Spline
from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.density import Density
from bayesips.distributions.link import LOGIT
from bayesips.distributions.mixture_panels import log_rates, panel_ends

TINY = 1e-300  # keeps ratios of what has underflowed finite; their numerators are 0


def spline_elir(spline: Spline, known: BetaMixture | None, share: float) -> NDArray:
    """ELIR at each of the spline's coefficients, shape (2 K + 1,).

    For tails with shapes above 1, and continued to thin ones whose shape may be lower.

    Of the spline alone a + b - sum_k c_k E[phi_k'' / (p (1 - p))]: by parts it is
    2 - E[d/dp of (p (1 - p) times the slope of the log density)], in which the tails of a Beta
    give a constant, so that nothing is divided by p where there are no draws.
    """
    family, at = spline.family, spline.coefficients
    nodes, weights = quadrature(_panels(spline, known))
    mass, _ = Likelihood(family.statistics(nodes), weights).density(at)
    variance = np.maximum(expit(nodes) * expit(-nodes), TINY)
    bend = at[:, 2:] @ family.bends(nodes).T
    alone = at[:, 0] + at[:, 1] - np.sum(mass * bend / variance, axis=-1)
    if known is None:
        return alone
    a, b, beside = known.a, known.b, _share(spline, share)
    whole = known.weights @ (b * (a > 1) + a * (b > 1))
    lost = _between(spline, known, beside, nodes, weights, mass) / variance
    low, high = (shape[:, None] for shape in family.tail_shapes(at))
    # As a shape falls to 1 its tail loses nothing more; below 1 there is no more to add up.
    outside = ((nodes < family.knots[0]) & (low <= 1)) | ((nodes > family.knots[-1]) & (high <= 1))
    return (1 - beside) * alone + beside * whole - np.where(outside, 0, lost).sum(axis=-1)


def spline_morita(spline: Spline, known: BetaMixture | None, share: float) -> NDArray:
    """Morita's figure at each of the spline's coefficients, shape (2 K + 1,)."""
    density = _density(spline.family, spline.coefficients, spline.sd)
    if known is not None:
        density = density.mix(known, _share(spline, share))
    return morita(density)


def _share(spline: Spline, share: float) -> NDArray:
    """Probability of the known part at each of the spline's coefficients."""
    return share / (share + (1 - share) * np.exp(spline.total))


def _panels(spline: Spline, known: BetaMixture | None) -> NDArray:
    """Ends of panels that resolve the spline and the known part."""
    own = spline.family.panels(spline.sd)
    return own if known is None else np.union1d(own, panel_ends(known.a, known.b))


def _between(
    spline: Spline,
    known: BetaMixture,
    share: NDArray,
    nodes: NDArray,
    weights: NDArray,
    mass: NDArray,
) -> NDArray:
    """Mass of the mixture times the variance of p (1 - p) (log f)' between its parts, (S, Q).

    What the information of a mixture is less than the mean of its parts', as in `elir`.
    """
    a, b = known.a[:, None], known.b[:, None]
    rate, miss = expit(nodes), expit(-nodes)
    log_rate, log_miss = log_rates(nodes)
    heights = np.exp(a * log_rate + b * log_miss - betaln(a, b)) * known.weights[:, None] * weights
    slopes = (a - 1) * miss - (b - 1) * rate
    own = spline.coefficients @ spline.family.slopes(nodes).T - (miss - rate)
    parts = np.concatenate([(1 - share)[None, :, None] * mass[None],
                            share[None, :, None] * heights[:, None]])  # fmt: skip
    slopes = np.concatenate([own[None], np.broadcast_to(slopes[:, None], (len(a), *own.shape))])
    total = np.maximum(parts.sum(axis=0), TINY)
    centre = np.sum(parts * slopes, axis=0) / total
    return np.sum(parts * (slopes - centre) ** 2, axis=0)


def _density(family: LogSpline, coefficients: NDArray, sd: float) -> Density:
    """The log-spline at a batch of coefficients; what lies beyond the link's limits as atoms."""
    limits = np.array(LOGIT.limits)

    def log_f(log_odds: NDArray) -> NDArray:
        return coefficients @ family.statistics(log_odds).T

    edges = family.panels(sd)
    edges = np.unique(np.concatenate([limits, edges[(edges > limits[0]) & (edges < limits[1])]]))
    shapes = np.stack(family.tail_shapes(coefficients), axis=-1)
    beyond = log_f(limits) - np.log(shapes)  # the tails are exponential there
    return Density.from_log(LOGIT, log_f, edges, atoms=[0.0, 1.0], atom_logs=beyond)
