"""Draws of one rate, weighted or not, under the verbs of a distribution."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from bayesips.distributions import arguments, draw_groups
from bayesips.distributions.counts import CountTable
from bayesips.distributions.density import Density
from bayesips.distributions.link import LOGIT, Link
from bayesips.distributions.shown import ShownRate
from bayesips.errors import Refused

if TYPE_CHECKING:
    from bayesips.distributions.any_distribution import Distribution
    from bayesips.distributions.beta_mixture import BetaMixture

ROUNDING = 1e-14  # of sums of weights, relative
SHIFT_NODES = 15  # Gauss-Hermite nodes by which a shift spreads each draw


@dataclass(frozen=True, eq=False, repr=False)
class Points(ShownRate):
    """Draws of a rate in [0, 1]: a distribution by their weights, without a density.

    Parameters
    ----------
    rates : array_like, (draws,)
        The draws, shared by the whole batch.
    weights : array_like, (*batch, draws), optional
        At least 0; normalised. Equal unless given.
    groups : array_like, (draws,), optional
        Whole numbers for the error of what is read off the draws: those of one number may depend
        on each other (a stretch of a chain), others do not; -1 for the points of `known`. Every
        rate is independent unless given.
    known : BetaMixture, optional
        The distribution that the points of group -1 stand for, such as a vague part.

    Raises
    ------
    Refused
        For rates outside [0, 1], weights that are negative or all zero, or groups that are not
        whole numbers from -1.
    """

    rates: NDArray[np.float64]
    weights: NDArray[np.float64] | None = None
    groups: NDArray[np.int64] | None = None
    known: "BetaMixture | None" = None

    def __post_init__(self) -> None:
        """Sort the draws and normalise their weights."""
        rates = np.asarray(self.rates, float)
        if rates.ndim != 1 or rates.size == 0 or not np.all((rates >= 0) & (rates <= 1)):
            raise Refused("draws of a rate are a list of numbers between 0 and 1")
        weights = np.ones(rates.shape) if self.weights is None else np.asarray(self.weights, float)
        weights = np.broadcast_to(weights, np.broadcast_shapes(weights.shape, rates.shape))
        total = weights.sum(axis=-1, keepdims=True)
        if not (np.all(weights >= 0) and np.all(total > 0) and np.all(np.isfinite(total))):
            raise Refused("weights of draws must be at least 0, and not all of them 0")
        order = np.argsort(rates, kind="stable")
        object.__setattr__(self, "rates", rates[order])
        object.__setattr__(self, "weights", (weights / total)[..., order])
        if self.groups is not None:
            object.__setattr__(self, "groups", draw_groups.checked(self.groups, rates)[order])

    @classmethod
    def of_chains(cls, rates: ArrayLike) -> Self:
        """Draws (chains, draws) of Markov chains, whose error allows for their dependence.

        Raises
        ------
        Refused
            If they are no table of numbers between 0 and 1.
        """
        table = np.asarray(rates, float)
        if table.ndim != 2:  # noqa: PLR2004  chains and draws
            raise Refused(f"draws of chains are a table (chains, draws), not of {table.shape}")
        return cls(table.ravel(), groups=draw_groups.of_chains(*table.shape))

    @classmethod
    def of_mixture(cls, mixture: "BetaMixture", size: int) -> Self:
        """Even quantiles of a single mixture, which stays known."""
        quantiles = mixture.ppf((np.arange(size) + 0.5) / size)
        return cls(quantiles, groups=np.full(size, draw_groups.NOT_DRAWN), known=mixture)

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the leading batch axes of the weights."""
        return self._mass.shape[:-1]

    @property
    def _mass(self) -> NDArray:
        return np.asarray(self.weights)

    def __getitem__(self, index: Any) -> Self:
        """Index the batch axes as numpy would."""
        weights, known = arguments.take(self._mass, index), self.known
        if known is not None:
            parts = (known.weights, known.a, known.b)
            spread = (np.broadcast_to(x, (*self.batch_shape, x.shape[-1])) for x in parts)
            known = type(known)(*spread)[index]
        return type(self)(self.rates, weights, self.groups, known)

    @cached_property
    def _lower(self) -> NDArray:
        """P(rate < k-th draw), k = 0..draws."""
        sums = np.minimum(np.cumsum(self._mass, axis=-1), 1)
        sums[..., -1] = 1
        return np.concatenate([np.zeros((*self.batch_shape, 1)), sums], axis=-1)

    @cached_property
    def _upper(self) -> NDArray:
        """P(rate >= k-th draw), summed from the top, k = 0..draws."""
        sums = np.minimum(np.cumsum(self._mass[..., ::-1], axis=-1), 1)[..., ::-1].copy()
        sums[..., 0] = 1
        return np.concatenate([sums, np.zeros((*self.batch_shape, 1))], axis=-1)

    def cdf(self, x: ArrayLike) -> NDArray:
        """Weight of the draws at or below x."""
        return arguments.look_up(self._lower, np.searchsorted(self.rates, x, side="right"))

    def sf(self, x: ArrayLike) -> NDArray:
        """Weight of the draws above x."""
        return arguments.look_up(self._upper, np.searchsorted(self.rates, x, side="right"))

    def logcdf(self, x: ArrayLike) -> NDArray:
        """Log of `cdf`."""
        with np.errstate(divide="ignore"):
            return np.log(self.cdf(x))

    def logsf(self, x: ArrayLike) -> NDArray:
        """Log of `sf`."""
        with np.errstate(divide="ignore"):
            return np.log(self.sf(x))

    def ppf(self, q: ArrayLike) -> NDArray:
        """Smallest draw at which the cdf reaches q; NaN outside [0, 1]."""
        level = np.asarray(q, float)
        shape = np.broadcast_shapes(level.shape, self.batch_shape)
        sums = np.broadcast_to(self._lower[..., 1:], (*shape, self.rates.size))
        rows = zip(
            sums.reshape(-1, self.rates.size),
            np.broadcast_to(level * (1 - ROUNDING), shape).ravel(),
            strict=True,
        )
        reached = np.array([np.searchsorted(*row) for row in rows], int).reshape(shape)
        found = self.rates[np.minimum(reached, self.rates.size - 1)]
        return np.where((level >= 0) & (level <= 1), found, np.nan)[()]

    def mean(self) -> NDArray:
        """Mean of each batch member."""
        return self._mass @ self.rates

    def std(self) -> NDArray:
        """Standard deviation of each batch member."""
        away = self.rates - self.mean()[..., None]
        return np.sqrt((self._mass * away**2).sum(axis=-1))

    def rvs(self, size: int | tuple[int, ...] = (), *, rng: int | np.random.Generator) -> NDArray:
        """Resample the draws, shape (*size, *batch); `rng` is a Generator or a seed."""
        shape = (*np.atleast_1d(np.asarray(size, int)).tolist(), *self.batch_shape)
        return self.ppf(np.random.default_rng(rng).random(shape))

    def update(self, successes: ArrayLike, n: ArrayLike) -> Self:
        """Reweight by the binomial likelihood, in logs; counts broadcast against the batch.

        Raises
        ------
        Refused
            For impossible counts, or when no draw allows them.
        """
        happened, size = (np.atleast_1d(x) for x in arguments.checked_counts(successes, n))
        log_likelihood = special.xlogy(happened, self.rates)
        log_likelihood = log_likelihood + special.xlog1py(size - happened, -self.rates)
        with np.errstate(divide="ignore"):
            log_weights = np.log(self._mass) + log_likelihood
        top = log_weights.max(axis=-1, keepdims=True)
        if np.isneginf(top).any():
            raise Refused("no draw of the rate allows these counts")
        known = None if self.known is None else self.known.update(successes, n)
        return type(self)(self.rates, np.exp(log_weights - top), self.groups, known)

    def predictive(self, n: int) -> CountTable:
        """Distribution of the number of successes among n new patients."""
        n = arguments.checked_size(n)
        successes = np.arange(n + 1.0)[:, None]
        log_choices = -special.betaln(successes + 1, n - successes + 1) - np.log1p(n)
        table = special.xlogy(successes, self.rates) + special.xlog1py(n - successes, -self.rates)
        top = np.maximum(table.max(axis=-1), -np.finfo(float).max)
        with np.errstate(divide="ignore"):
            log_sums = np.log(self._mass @ np.exp(table - top[:, None]).T)
        return CountTable(log_choices[:, 0] + top + log_sums)

    def mix(self, other: "Distribution", weight: ArrayLike) -> "Points | Density":
        """Mixture with `other`, whose weight may be a batch array.

        With a curve it is a `Density` in which every draw is an atom.
        """
        if not isinstance(other, Points):
            link = other.link if isinstance(other, Density) else LOGIT
            return self.on_link(link).mix(other, weight)
        share = arguments.checked_weight(weight)[..., None]
        batch = np.broadcast_shapes(self.batch_shape, other.batch_shape, share.shape[:-1])
        weights = [
            np.broadcast_to(part, (*batch, part.shape[-1]))
            for part in ((1 - share) * self._mass, share * other._mass)
        ]
        rates = np.concatenate([self.rates, other.rates])
        groups = draw_groups.apart(self.own_groups(), other.own_groups())
        parts = [(1 - share[..., 0]) * self.known_share(), share[..., 0] * other.known_share()]
        known = draw_groups.joined(self.known, other.known, *parts)
        return Points(rates, np.concatenate(weights, axis=-1), groups, known)

    def shift(self, mean: float, sd: float) -> "Points":
        """Add Normal(mean, sd) to the log odds, each draw spread over Gauss-Hermite nodes."""
        nodes, masses = np.polynomial.hermite_e.hermegauss(SHIFT_NODES if sd > 0 else 1)
        with np.errstate(divide="ignore"):
            log_odds = special.logit(self.rates)[:, None] + mean + sd * nodes
        weights = self._mass[..., None] * masses / masses.sum()
        groups = self.own_groups()
        # A shifted Beta mixture is none: its points count as draws, an error on the safe side.
        fresh = groups.max(initial=0) + 1 + np.arange(groups.size)
        groups = np.repeat(np.where(groups < 0, fresh, groups), nodes.size)
        rates = special.expit(log_odds).ravel()
        return Points(rates, weights.reshape(*self.batch_shape, -1), groups)

    def on_link(self, link: Link) -> Density:
        """The draws as a density of atoms only."""
        rates, first = np.unique(self.rates, return_index=True)  # they are sorted
        return Density.of_atoms(rates, np.add.reduceat(self._mass, first, axis=-1), link)

    def own_groups(self) -> NDArray[np.int64]:
        """Group of each draw; equal rates are one draw where no groups were given."""
        if self.groups is not None:
            return self.groups
        return np.concatenate([[0], np.cumsum(np.diff(self.rates) > 0)])

    def known_share(self) -> NDArray:
        """Probability of the part known exactly, of each batch member."""
        return self._mass[..., self.own_groups() < 0].sum(axis=-1)

    def expect(self, function: Callable, breaks: ArrayLike = (), refine: int = 0) -> NDArray:
        """Weighted mean of function(rates); exact, so `breaks` and `refine` change nothing."""
        return (np.asarray(function(self.rates)) * self._mass).sum(axis=-1)
