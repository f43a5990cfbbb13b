"""Mixtures of Beta distributions: the closed algebra of what is believed about one rate."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from bayesips.distributions import arguments, beta_functions, quadrature, quantiles
from bayesips.distributions.beta_binomial import beta_binomial_mixture
from bayesips.distributions.beta_density import density_of_mixture
from bayesips.distributions.counts import CountTable
from bayesips.distributions.density import Density
from bayesips.distributions.link import LOGIT, Link
from bayesips.distributions.mathematics import NUMPY
from bayesips.distributions.mixture_draws import mixture_draws
from bayesips.distributions.shown import ShownRate
from bayesips.errors import Refused

if TYPE_CHECKING:
    from bayesips.distributions.any_distribution import Distribution

WEIGHT_TOLERANCE = 1e-6  # weights whose sum is nearer to 1 than this are normalised


@dataclass(frozen=True, eq=False, repr=False)
class BetaMixture(ShownRate):
    """Mixture of Beta(a, b) distributions of a rate on [0, 1].

    Parameters
    ----------
    weights, a, b : array_like, (*batch, components)
        Broadcast against each other. Weights are at least 0 and are normalised if their sum
        is within 1e-6 of 1; shapes are positive and finite.

    Raises
    ------
    Refused
        For weights or shapes outside these bounds.
    """

    weights: Any  # array_like at the door, arrays of float within
    a: Any
    b: Any

    def __post_init__(self) -> None:
        """Check and broadcast the parameters."""
        given = (self.weights, self.a, self.b)
        weights, a, b = np.broadcast_arrays(*(np.atleast_1d(np.asarray(x, float)) for x in given))
        for name, shapes in (("a", a), ("b", b)):
            wrong = ~(np.isfinite(shapes) & (shapes > 0))
            if wrong.any():
                raise Refused(f"shape {name} of a Beta must be positive, not {shapes[wrong][0]}")
        total = weights.sum(axis=-1, keepdims=True)
        if not np.all(weights >= 0) or not np.all(np.abs(total - 1) <= WEIGHT_TOLERANCE):
            raise Refused(f"weights must be at least 0 and sum to 1, not {weights.tolist()}")
        self.__dict__.update(weights=weights / total, a=a, b=b)

    @classmethod
    def from_mean_n(cls, mean: ArrayLike, n: ArrayLike) -> Self:
        """One Beta with this mean and this many prior observations, a + b = n."""
        rate, size = np.asarray(mean, float), np.asarray(n, float)
        one = np.ones(1)
        return cls(one, (rate * size)[..., None] * one, ((1 - rate) * size)[..., None] * one)

    @classmethod
    def from_mean_sd(cls, mean: ArrayLike, sd: ArrayLike) -> Self:
        """One Beta with this mean and standard deviation; sd^2 < mean (1 - mean)."""
        centre, spread = np.asarray(mean, float), np.asarray(sd, float)
        largest = np.sqrt(centre * (1 - centre))
        if not np.all((spread > 0) & (spread < largest)):
            raise Refused(f"a Beta with mean {centre} has an sd below {largest}, not {spread}")
        return cls.from_mean_n(centre, centre * (1 - centre) / spread**2 - 1)

    @classmethod
    def _trusted(cls, weights: NDArray, a: NDArray, b: NDArray) -> Self:
        """Make a mixture from parameters that are right by construction."""
        mixture = object.__new__(cls)
        mixture.__dict__.update(weights=weights, a=a, b=b)
        return mixture

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the leading batch axes."""
        return self.a.shape[:-1]

    def __getitem__(self, index: Any) -> Self:
        """Index the batch axes as numpy would."""
        return self._trusted(*(arguments.take(x, index) for x in (self.weights, self.a, self.b)))

    @cached_property
    def _log_weights(self) -> NDArray:
        with np.errstate(divide="ignore"):
            return np.log(self.weights)

    @cached_property
    def _log_beta(self) -> NDArray:
        return beta_functions.log_beta(self.a, self.b)

    @cached_property
    def _largest(self) -> float:
        return float(self.a.max(initial=0) + self.b.max(initial=0))

    def pdf(self, x: ArrayLike) -> NDArray:
        """Density at rates x, which broadcast against the batch."""
        return np.exp(self.logpdf(x))

    def logpdf(self, x: ArrayLike) -> NDArray:
        """Log density at rates x; minus infinity outside [0, 1]."""
        rate = arguments.inside(x)
        log_density = special.xlogy(self.a - 1, rate) + special.xlog1py(self.b - 1, -rate)
        terms = self._log_weights + log_density - self._log_beta
        with np.errstate(invalid="ignore"):
            return np.where(rate[..., 0] == x, NUMPY.logsumexp(terms), arguments.log_nowhere(x))

    def cdf(self, x: ArrayLike) -> NDArray:
        """P(rate <= x), with relative accuracy."""
        return self._tails(x)[0]

    def sf(self, x: ArrayLike) -> NDArray:
        """P(rate > x), with relative accuracy."""
        return self._tails(x)[1]

    def _tails(self, x: ArrayLike) -> tuple[NDArray, NDArray]:
        rate = arguments.inside(x)
        lower, upper = beta_functions.tails(self.a, self.b, rate, 1 - rate)
        return (self.weights * lower).sum(axis=-1), (self.weights * upper).sum(axis=-1)

    def logcdf(self, x: ArrayLike) -> NDArray:
        """Log P(rate <= x), also where the probability itself underflows."""
        rate = arguments.inside(x)
        log_tail = beta_functions.log_lower_tail(self.a, self.b, rate, 1 - rate)
        return NUMPY.logsumexp(self._log_weights + log_tail)

    def logsf(self, x: ArrayLike) -> NDArray:
        """Log P(rate > x), also where the probability itself underflows."""
        rate = arguments.inside(x)
        log_tail = beta_functions.log_lower_tail(self.b, self.a, 1 - rate, rate)
        return NUMPY.logsumexp(self._log_weights + log_tail)

    def ppf(self, q: ArrayLike) -> NDArray:
        """Quantiles at q, to 1e-12 of the rate and of its complement; NaN outside [0, 1]."""
        level = np.asarray(q, float)
        return quantiles.beta_mixture_ppf(self.weights, self.a, self.b, self._log_beta, level)

    def mean(self) -> NDArray:
        """Mean of each batch member."""
        return (self.weights * (self.a / (self.a + self.b))).sum(axis=-1)

    def std(self) -> NDArray:
        """Standard deviation of each batch member."""
        means = self.a / (self.a + self.b)
        within = means * (1 - means) / (self.a + self.b + 1)
        between = (means - self.mean()[..., None]) ** 2
        return np.sqrt((self.weights * (within + between)).sum(axis=-1))

    def rvs(self, size: int | tuple[int, ...] = (), *, rng: int | np.random.Generator) -> NDArray:
        """Independent draws, shape (*size, *batch); `rng` is a Generator or a seed."""
        shape = (*np.atleast_1d(np.asarray(size, int)).tolist(), *self.batch_shape)
        return mixture_draws(self.weights, self.a, self.b, shape, np.random.default_rng(rng))

    def update(self, successes: ArrayLike, n: ArrayLike) -> Self:
        """Posterior after `successes` among `n` patients (weights by the marginal, in logs).

        Both broadcast against the batch: for every outcome at once,
        ``m.update(np.arange(n + 1), n)`` of a single mixture has batch shape (n + 1,), and
        ``m[:, None].update(np.arange(n + 1), n)`` of a batch has (batch, n + 1).

        Raises
        ------
        Refused
            For counts that are not whole, negative, or more successes than patients.
        """
        alive, size = arguments.checked_counts(successes, n)
        a, b = self.a + alive, self.b + (size - alive)
        if a.shape[-1] == 1:
            return self._trusted(np.broadcast_to(self.weights, a.shape), a, b)
        largest = self._largest + (size if isinstance(size, int) else size.max(initial=0))
        if largest < beta_functions.DIRECT:
            log_marginal = special.betaln(a, b) - self._log_beta
        else:
            log_marginal = beta_functions.log_beta_ratio(self.a, self.b, alive, size - alive)
        log_weights = self._log_weights + log_marginal
        weights = np.exp(log_weights - log_weights.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        return self._trusted(weights, a, b)

    def predictive(self, n: int) -> CountTable:
        """Distribution of the number of successes among n new patients (beta-binomial)."""
        return beta_binomial_mixture(self.weights, self.a, self.b, n)

    def mix(self, other: "Distribution", weight: ArrayLike) -> "BetaMixture | Density":
        """Mixture with `other`, whose weight may be a batch array; any two distributions."""
        share = arguments.checked_weight(weight)
        if not isinstance(other, BetaMixture):
            return self.on_link(LOGIT).mix(other, share)
        batch = np.broadcast_shapes(self.batch_shape, other.batch_shape, share.shape)
        parts = ((self, 1 - share), (other, share))
        columns = zip(*((w[..., None] * m.weights, m.a, m.b) for m, w in parts), strict=True)
        shaped = [[np.broadcast_to(x, (*batch, x.shape[-1])) for x in pair] for pair in columns]
        return self._trusted(*(np.concatenate(pair, axis=-1) for pair in shaped))

    def shift(self, mean: float, sd: float) -> Density:
        """Add Normal(mean, sd) to the log odds of the rate (a bias, positive = higher rate)."""
        return self.on_link(LOGIT).shift(mean, sd)

    def on_link(self, link: Link) -> Density:
        """This distribution as a density on the scale of a link."""
        return density_of_mixture(self, link)

    def expect(self, function: Callable, breaks: ArrayLike = (), refine: int = 0) -> NDArray:
        """E[function(rate)] by Gauss-Legendre panels on the log odds.

        `function` is called once with rates of shape (nodes,) shared by the whole batch and
        returns (..., nodes), where ... broadcasts against the batch. `breaks` are rates at
        which it has a kink. The change from refine=0 to refine=1 is the numerical error.
        """
        breaks = special.logit(np.asarray(breaks, float))
        return self.expect_logit(lambda logit: function(special.expit(logit)), breaks, None, refine)

    def expect_logit(
        self,
        function: Callable,
        breaks: ArrayLike = (),
        features: tuple[NDArray, NDArray] | None = None,
        refine: int = 0,
    ) -> NDArray:
        """`expect` of a function of the log odds, which never round to the edges.

        `features` are centres and widths on the log odds where `function` bends.
        """
        nodes, weights = quadrature.beta_mixture_rule(self, breaks, features, refine)
        return np.einsum("...q,...q->...", function(nodes), weights)

    def cdf_at_logit(self, logit: ArrayLike) -> NDArray:
        """P(log odds <= logit), right even where the rate rounds to 0 or 1."""
        at = np.asarray(logit, float)[..., None]
        lower, _ = beta_functions.tails_at_logit(self.a, self.b, at)
        return (self.weights * lower).sum(axis=-1)

    def sf_at_logit(self, logit: ArrayLike) -> NDArray:
        """P(log odds > logit), right even where the rate rounds to 0 or 1."""
        at = np.asarray(logit, float)[..., None]
        _, upper = beta_functions.tails_at_logit(self.a, self.b, at)
        return (self.weights * upper).sum(axis=-1)


def robustify(
    mixture: "Distribution", weight: ArrayLike, mean: ArrayLike = 0.5, n: ArrayLike = 1
) -> Any:
    """Mix in a vague Beta(mean (n + 1), (1 - mean) (n + 1)) with this weight (Schmidli 2014)."""
    return mixture.mix(BetaMixture.from_mean_n(mean, np.asarray(n, float) + 1), weight)
