"""Prior-data conflict: whether history would have led us to expect these data.

All tails are exact sums over outcomes; a normal approximation is badly wrong for 7 patients.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, xlog1py, xlogy

from bayesips.errors import Refused

if TYPE_CHECKING:
    from bayesips.distributions.any_distribution import Distribution

TIE = 1e-12  # probabilities this much larger, relatively, count as equal to the observed one
PLACES = 257  # rates tried between the prior mean and 0 or 1
BISECTIONS = 45


@dataclass(frozen=True)
class ArmConflict:
    """How one arm sits with the others.

    Attributes
    ----------
    label, successes, n
        The arm.
    expected
        Mean of its predicted number of successes, given the other arms only.
    p_value, mid_p_value
        Exact tail of its count under that prediction; see `box_p_value`.
    """

    label: str
    successes: int
    n: int
    expected: float
    p_value: float
    mid_p_value: float


def box_p_value(prior: "Distribution", successes: ArrayLike, n: int) -> NDArray:
    """Probability, before the data, of a count no more likely than the observed one.

    P(p(Y) <= p(y)), Y the number of successes among n predicted by `prior` (Box 1980, JRSS A
    143, 383).

    Parameters
    ----------
    prior
        A distribution of the control rate, of batch shape B.
    successes
        Among n concurrent controls, any shape S; whole numbers from 0 to n.
    n
        How many they are.

    Returns
    -------
    Array of shape (*S, *B). Outcomes whose probabilities agree to 1e-12 are ties and count.

    Notes
    -----
    Also `evans_moshonov_p_value`. Evans and Moshonov (2006, Bayesian Analysis 1, 893) hold the
    prior against the minimal sufficient statistic of the data; of n patients with one rate that
    is the number of successes, and nothing in it is ancillary. It is not Box's tail of the
    sequence of patients, in which a sequence is rare because many others have its count. For the
    counts of several arms under a hierarchy the two differ: see
    `bayesips.conflict.evans_moshonov_stages`. Also `surprise`, for treated patients.
    """
    return _looked_up(_tails(_pmf(prior, n), 1.0), successes, n)


def box_mid_p_value(prior: "Distribution", successes: ArrayLike, n: int) -> NDArray:
    """Box's tail with ties, the observed count among them, counted half."""
    return _looked_up(_tails(_pmf(prior, n), 0.5), successes, n)


# The same number under two more names. Of one count it is the check of Evans and Moshonov; of
# treated patients it is their surprise if treatment had no effect: small values speak against
# "treated patients fare as controls do", not against history.
evans_moshonov_p_value = surprise = box_p_value


def conflict_power(prior: "Distribution", n: int, rates: ArrayLike, level: float = 0.05) -> NDArray:
    """Probability that the check flags a conflict (p <= level) when the true rate is `rates`.

    Parameters
    ----------
    prior
        A single distribution of the control rate.
    n
        Concurrent controls.
    rates
        True rates of those controls, any shape; the result has it too. Exact sum.
    """
    flagged = _tails(_pmf(prior, n), 1.0) <= level
    return _binomial(n, rates) @ flagged


def smallest_detectable_drift(
    prior: "Distribution", n: int, power: float = 0.8, level: float = 0.05
) -> tuple[float, float]:
    """Nearest rates below and above the prior mean that the check flags with this power.

    Returns
    -------
    Drifts (true rate - prior mean), the first negative, the second positive; NaN on a side
    where no rate is flagged that often: there the check sees nothing.
    """
    mean = float(prior.mean())

    def seen(rates: ArrayLike) -> NDArray:
        return conflict_power(prior, n, rates, level) >= power

    return _first_seen(seen, mean, 0.0) - mean, _first_seen(seen, mean, 1.0) - mean


def leave_one_out(
    arms: Sequence[Any], control_prior_of: Callable[[Sequence[Any]], Any]
) -> list[ArmConflict]:
    """Tail of each arm's count as predicted from all the other arms.

    Parameters
    ----------
    arms
        At least two `Arm`s with a single count each.
    control_prior_of
        Makes the predictive distribution of a new arm's rate from a list of arms, for example
        ``lambda others: control_prior(others, method)``.

    Raises
    ------
    Refused
        With fewer than two arms.
    """
    if len(arms) < 2:  # noqa: PLR2004  the one left out and another
        raise Refused(f"{len(arms)} arm given; without it nothing is left to predict it from")
    return [
        _conflict_of(arm, control_prior_of([*arms[:place], *arms[place + 1 :]]))
        for place, arm in enumerate(arms)
    ]


def _conflict_of(arm: Any, prior: "Distribution") -> ArmConflict:
    """The arm's count against its prediction."""
    successes, n = int(arm.successes), int(arm.n)
    p_value, mid = box_p_value(prior, successes, n), box_mid_p_value(prior, successes, n)
    return ArmConflict(arm.label, successes, n, n * float(prior.mean()), float(p_value), float(mid))


def _pmf(prior: "Distribution", n: int) -> NDArray:
    """Predictive probability of 0..n successes, shape (n + 1, *batch)."""
    outcomes = np.arange(n + 1).reshape(-1, *(1 for _ in prior.batch_shape))
    return prior.predictive(n).pmf(outcomes)


def _tails(pmf: NDArray, ties: float) -> NDArray:
    """Probability of less likely outcomes, and `ties` times that of equally likely ones."""
    here, other = pmf[:, None], pmf[None]
    less = other < here * (1 - TIE)
    equal = ~less & (other <= here * (1 + TIE))
    tied = np.sum(other * equal, axis=1)
    tails = np.sum(other * less, axis=1) + ties * tied
    all_of_them = np.all(less | equal, axis=1)  # 1, whatever rounding leaves in the sum
    return np.where(all_of_them, 1 - (1 - ties) * tied, np.minimum(tails, 1.0))


def _looked_up(table: NDArray, successes: ArrayLike, n: int) -> NDArray:
    """Entries of a table over 0..n at checked counts."""
    given = np.asarray(successes)
    wrong = ~((given >= 0) & (given <= n) & (given == np.floor(given)))
    if wrong.any():
        raise Refused(f"{given[wrong].ravel()[0]} successes among {n} patients")
    return table[given.astype(int)]


def _binomial(n: int, rates: ArrayLike) -> NDArray:
    """Probability of 0..n successes at each rate, shape (*rates, n + 1)."""
    rate, outcomes = np.asarray(rates, dtype=float)[..., None], np.arange(n + 1)
    choices = gammaln(n + 1) - gammaln(outcomes + 1) - gammaln(n - outcomes + 1)
    return np.exp(choices + xlogy(outcomes, rate) + xlog1py(n - outcomes, -rate))


def _first_seen(seen: Callable[[ArrayLike], NDArray], near: float, far: float) -> float:
    """First rate seen on the way from `near` to `far`, by a grid and bisection; NaN if none is."""
    rates = np.linspace(near, far, PLACES)
    hits = np.flatnonzero(seen(rates))
    if not hits.size:
        return np.nan
    near, far = float(rates[max(hits[0] - 1, 0)]), float(rates[hits[0]])
    for _ in range(BISECTIONS):
        middle = (near + far) / 2
        near, far = (near, middle) if seen(middle) else (middle, far)
    return far
