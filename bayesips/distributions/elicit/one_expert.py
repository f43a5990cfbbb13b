"""A Beta prior from one expert's quantiles, median, moments, or counts in bins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.elicit.elicited import Elicited
from bayesips.errors import Refused

# Between them lie the log of a + b and the log odds of the mean of every Beta that is found.
LOG_SIZES = (-14.0, 18.0)
LOG_ODDS = (-60.0, 60.0)
LEAST = 1e-300
HALF = 0.5
FEWEST_BINS = 3  # with fewer that hold counts, a Beta on one edge fits best


def from_quantiles(quantiles: Mapping[float, float]) -> Elicited:
    """The Beta with two stated quantiles; there is exactly one.

    Parameters
    ----------
    quantiles : mapping of float to float
        Two rates by their probability: ``{0.05: 0.1, 0.95: 0.4}`` says that the rate is below 10 %
        with probability 5 %, and below 40 % with 95 %.

    Returns
    -------
    Elicited

    Raises
    ------
    Refused
        Unless there are two, all strictly between 0 and 1, and the rates rise with the
        probabilities.
    """
    pairs = sorted((float(p), float(rate)) for p, rate in dict(quantiles).items())
    _check_quantiles(pairs)
    beta = _beta_with(pairs)
    asked = ((f"quantile at {p:g}", rate, float(beta.ppf(p))) for p, rate in pairs)
    return Elicited(beta, tuple(asked))


def from_median(median: float, bound: float, probability: float = 0.95) -> Elicited:
    """The Beta with a stated median, beyond whose bound the rate is unlikely.

    Parameters
    ----------
    median : float
        As likely exceeded as not.
    bound : float
        Above the median, the rate is below it with `probability`; below the median, above it.
    probability : float
        Above one half.

    Raises
    ------
    Refused
        For rates or a probability outside of what is allowed.
    """
    if not HALF < probability < 1:
        raise Refused(f"probability is {probability}; a number above 0.5 and below 1 is required")
    level = probability if bound > median else 1 - probability
    return from_quantiles({HALF: median, level: bound})


def from_mean_sd(mean: float, sd: float) -> Elicited:
    """The Beta with a stated mean and standard deviation.

    Raises
    ------
    Refused
        If the mean is not between 0 and 1, or no Beta with it has this standard deviation.
    """
    if not 0 < mean < 1:
        raise Refused(f"mean is {mean}; a number above 0 and below 1 is required")
    beta = BetaMixture.from_mean_sd(mean, sd)
    own = (float(beta.mean()), float(beta.std()))
    return Elicited(beta, (("mean", mean, own[0]), ("standard deviation", sd, own[1])))


def from_roulette(edges: Sequence[float], counts: Sequence[float]) -> Elicited:
    """The Beta under which counts laid on bins of the rate are most likely (trial roulette).

    Parameters
    ----------
    edges : sequence of float, (bins + 1,)
        Of the bins, rising within [0, 1].
    counts : sequence of float, (bins,)
        Chips on each; three bins or more hold some.

    Returns
    -------
    Elicited
        Its `asked` holds the share of chips below each edge beside that of the Beta: where they
        differ much, one Beta cannot say what was laid.

    Raises
    ------
    Refused
        For edges or counts that are no such table.

    References
    ----------
    Oakley JE (2010), "Eliciting univariate probability distributions", in: Böcker K (ed.),
    Rethinking Risk Measurement and Reporting, vol. 1 (the method); the fit is by maximum
    likelihood of the binned counts.
    """
    places, chips = np.asarray(edges, dtype=float), np.asarray(counts, dtype=float)
    _check_roulette(places, chips)
    beta = _most_likely(places, chips)
    share, own = np.cumsum(chips)[:-1] / chips.sum(), beta.cdf(places[1:-1])
    rows = zip(places[1:-1], share, own, strict=True)
    return Elicited(beta, tuple((f"share below {x:g}", float(p), float(q)) for x, p, q in rows))


def _check_quantiles(pairs: Sequence[tuple[float, float]]) -> None:
    """Refuse what no Beta has for quantiles."""
    if len(pairs) != len("ab"):
        example = {0.05: 0.1, 0.95: 0.4}
        raise Refused(f"{len(pairs)} quantiles given; two are required, as {example}")
    for p, rate in pairs:
        if not (0 < p < 1 and 0 < rate < 1):
            raise Refused(
                f"quantile {rate:g} at probability {p:g}: both must lie between 0 and 1, exclusive"
            )
    (low, first), (high, second) = pairs
    if not first < second:
        raise Refused(
            f"quantiles {first:g} at {low:g} and {second:g} at {high:g}: the rate must rise with "
            "the probability"
        )


def _beta_with(pairs: Sequence[tuple[float, float]]) -> BetaMixture:
    """The Beta with two quantiles: of each size a + b one has the first; the second says which.

    At a given P(rate <= first), P(rate <= second) rises with the size, from P itself to 1.
    """
    first, second = pairs

    def gap(log_size: float) -> float:
        return _tail_gap(second, *_shapes(log_size, _mean_with(first, log_size)))

    low, high = LOG_SIZES
    if not gap(low) < 0 < gap(high):
        (p, x), (q, y) = pairs
        raise Refused(
            f"quantiles {x:g} at {p:g} and {y:g} at {q:g}: no Beta with a + b between "
            f"{np.exp(low):.1g} and {np.exp(high):.1g} has them"
        )
    log_size = optimize.brentq(gap, low, high, xtol=1e-14, rtol=1e-15)
    a, b = _shapes(log_size, _mean_with(first, log_size))
    return BetaMixture(1.0, a, b)


def _mean_with(pair: tuple[float, float], log_size: float) -> float:
    """Log odds of the mean at which a Beta of this size has a quantile."""

    def gap(mean: float) -> float:
        return _tail_gap(pair, *_shapes(log_size, mean))

    return float(optimize.brentq(gap, *LOG_ODDS, xtol=1e-15, rtol=1e-15))


def _shapes(log_size: float, mean: float) -> tuple[float, float]:
    """Shapes of a Beta of a size and the log odds of its mean."""
    size = np.exp(log_size)
    return float(size * special.expit(mean)), float(size * special.expit(-mean))


def _tail_gap(pair: tuple[float, float], a: float, b: float) -> float:
    """Log of P(rate <= x) over p, of the smaller tail: rises with P, 0 where the quantile is x."""
    p, x = pair
    if p < HALF:
        return float(np.log(max(special.betainc(a, b, x), LEAST)) - np.log(p))
    return float(np.log1p(-p) - np.log(max(special.betaincc(a, b, x), LEAST)))


def _check_roulette(edges: NDArray, counts: NDArray) -> None:
    """Refuse bins or counts that are no roulette."""
    if edges.ndim != 1 or counts.shape != (edges.size - 1,):
        raise Refused(f"{edges.size} edges and {counts.size} counts; one edge more is required")
    if not (np.all(np.diff(edges) > 0) and edges[0] >= 0 and edges[-1] <= 1):
        raise Refused(f"edges {edges.tolist()}: rising rates from 0 to 1 are required")
    if not np.all(np.isfinite(counts) & (counts >= 0)):
        raise Refused(f"counts {counts.tolist()}: numbers of 0 or more are required")
    if np.count_nonzero(counts) < FEWEST_BINS:
        raise Refused(
            f"{np.count_nonzero(counts)} bins hold counts; {FEWEST_BINS} or more are required, or "
            "bins that are narrower"
        )


def _most_likely(edges: NDArray, counts: NDArray) -> BetaMixture:
    """The Beta of largest multinomial likelihood of the binned counts."""
    share = counts / counts.sum()

    def loss(at: NDArray) -> float:
        a, b = np.exp(at)
        lower, upper = special.betainc(a, b, edges), special.betaincc(a, b, edges)
        mass = np.where(lower[1:] < HALF, np.diff(lower), -np.diff(upper))
        return -float(np.sum(special.xlogy(share, np.maximum(mass, LEAST))))

    centres = (edges[1:] + edges[:-1]) / 2
    mean = float(share @ centres)
    spread = float(np.sqrt(share @ (centres - mean) ** 2))
    start = BetaMixture.from_mean_sd(mean, spread)
    found = np.log([start.a[0], start.b[0]])
    for _ in range(3):  # a simplex that has shrunk is started anew
        found = optimize.minimize(
            loss,
            found,
            method="Nelder-Mead",
            options={"xatol": 1e-12, "fatol": 1e-16, "maxiter": 4000},
        ).x
    a, b = np.exp(found)
    return BetaMixture(1.0, a, b)
