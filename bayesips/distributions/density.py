"""A distribution of a rate held as a log density on the link scale, plus atoms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from bayesips.distributions import atoms as jumps
from bayesips.distributions import conditioning, continuous, linking, panels
from bayesips.distributions.counts import CountTable
from bayesips.distributions.link import LOGIT, Link
from bayesips.distributions.mathematics import NUMPY
from bayesips.distributions.mixing import mixed
from bayesips.distributions.piecewise import Piecewise
from bayesips.distributions.shifting import shifted
from bayesips.distributions.shown import ShownRate

if TYPE_CHECKING:
    from bayesips.distributions.any_distribution import Distribution

Function = Callable[[np.ndarray], Any]  # of rates or nodes (Q,), to an array (..., Q)


@dataclass(frozen=True, eq=False, repr=False)
class Density(ShownRate):
    """What is believed about one rate, exact to quadrature; batch axes first.

    Parameters
    ----------
    link : Link
        Scale of the nodes.
    curve : Piecewise
        Density with respect to the link-scale rate, on Gauss-Legendre panels.
    atoms : array, shape (atoms,)
        Rates that carry a probability of their own, increasing.
    atom_weights : array, shape (*batch, atoms)
        Those probabilities.
    error : float
        Largest change of a reported quantity under the engine's last refinement.
    floor : float
        Log of the part of its peak below which the density is rounding; -inf for none.
    log_total : array, shape batch
        Log of the mass before it was normalised.

    Notes
    -----
    Made by `Density.from_log`, `Density.point` or `as_density`, which normalise.
    """

    link: Link
    curve: Piecewise
    atoms: np.ndarray
    atom_weights: np.ndarray
    error: float = 0.0
    floor: float = -np.inf
    log_total: Any = 0.0

    @classmethod
    def from_log(
        cls,
        link: Link,
        log_f: Function,
        edges: ArrayLike,
        *,
        atoms: Sequence[float] | np.ndarray = (),
        atom_logs: ArrayLike = -np.inf,
        negligible: float = panels.NEGLIGIBLE,
        floor: float = -np.inf,
    ) -> Density:
        """Normalise exp(log_f) and atoms of log weight `atom_logs` (*batch, atoms).

        Raises
        ------
        NotSettled
            If the density cannot be resolved.
        """
        edges, logs, log_mass = panels.refine(log_f, np.asarray(edges, dtype=float), negligible)
        atoms = np.asarray(atoms, dtype=float)
        atom_logs = np.broadcast_to(atom_logs, (*log_mass.shape, len(atoms)))
        total = NUMPY.logsumexp(np.concatenate([log_mass[..., None], atom_logs], axis=-1))
        curve = Piecewise(edges, logs - total[..., None, None])
        weights = np.exp(atom_logs - total[..., None])
        return cls(link, curve, atoms, weights, 0.0, floor, total)

    @classmethod
    def of(cls, distribution: Distribution, link: Link = LOGIT) -> Density:
        """Any distribution of a rate on a link; draws become atoms."""
        if hasattr(distribution, "on_link"):
            return distribution.on_link(link)
        return cls.from_log(link, **linking.converted(distribution, link))

    @classmethod
    def of_atoms(cls, rates: np.ndarray, weights: np.ndarray, link: Link = LOGIT) -> Density:
        """Single rates, increasing, with their probabilities (*batch, rates)."""
        nothing = np.full((*weights.shape[:-1], 1, panels.ORDER), -np.inf)
        return cls(link, Piecewise(np.array([0.0, 1.0]), nothing), rates, weights)

    @classmethod
    def point(cls, rate: ArrayLike, link: Link = LOGIT) -> Density:
        """All probability on one rate; an array of rates makes a batch."""
        rate = np.asarray(rate, dtype=float)
        atoms, place = np.unique(rate, return_inverse=True)
        weights = np.zeros((*rate.shape, len(atoms)))
        np.put_along_axis(weights, place.reshape(*rate.shape, 1), 1.0, axis=-1)
        return cls.of_atoms(atoms, weights, link)

    def on_link(self, link: Link) -> Density:
        """This distribution held on the scale of a link."""
        return self if link is self.link else linking.relinked(self, link)

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Leading batch axes."""
        return self.curve.batch_shape

    def __getitem__(self, index: Any) -> Density:
        """Cells of the batch, by numpy indexing of the batch axes."""
        index = index if isinstance(index, tuple) else (index,)
        dots = () if any(part is Ellipsis for part in index) else (Ellipsis,)
        logs = self.curve.logs[(*index, *dots, slice(None), slice(None))]
        weights = self.atom_weights[(*index, *dots, slice(None))]
        total = np.broadcast_to(self.log_total, self.batch_shape)[(*index, *dots)]
        curve = replace(self.curve, logs=logs)
        return replace(self, curve=curve, atom_weights=weights, log_total=total)

    def logpdf(self, x: ArrayLike) -> np.ndarray:
        """Log density of the continuous part at rates `x`."""
        return continuous.log_density(self, x)

    def pdf(self, x: ArrayLike) -> np.ndarray:
        """Density of the continuous part at rates `x`."""
        return np.exp(self.logpdf(x))

    def cdf(self, x: ArrayLike) -> np.ndarray:
        """P(rate <= x)."""
        return continuous.mass_below(self, x) + jumps.mass_below(self, x)

    def sf(self, x: ArrayLike) -> np.ndarray:
        """P(rate > x)."""
        return continuous.mass_above(self, x) + jumps.mass_above(self, x)

    def logcdf(self, x: ArrayLike) -> np.ndarray:
        """Log of P(rate <= x)."""
        with np.errstate(divide="ignore"):
            return np.log(self.cdf(x))

    def logsf(self, x: ArrayLike) -> np.ndarray:
        """Log of P(rate > x)."""
        with np.errstate(divide="ignore"):
            return np.log(self.sf(x))

    def ppf(self, q: ArrayLike) -> np.ndarray:
        """Smallest rate whose cdf reaches q, an atom where it jumps past q; NaN outside [0, 1]."""
        return jumps.quantiles(self, np.asarray(q, dtype=float))

    def mean(self) -> np.ndarray:
        """Expected rate."""
        return self._nodes[1] @ self._nodes[0]

    def std(self) -> np.ndarray:
        """Standard deviation of the rate."""
        theta, weight = self.nodes()
        away = theta - np.asarray(self.mean())[..., None]
        return np.sqrt(np.einsum("...q,...q,...q->...", weight, away, away))

    def nodes(self) -> tuple[np.ndarray, np.ndarray]:
        """Rates (Q,) and their probabilities (*batch, Q), summing to 1, atoms last."""
        return self._nodes

    @cached_property
    def _nodes(self) -> tuple[np.ndarray, np.ndarray]:
        theta = np.concatenate([self.link.rate(self.curve.nodes), self.atoms])
        return theta, np.concatenate([self.curve.mass, self.atom_weights], axis=-1)

    def expect(self, function: Function, breaks: ArrayLike = (), refine: int = 0) -> np.ndarray:
        """E[function(rate)], panels split at the rates `breaks` where the function has a kink.

        Parameters
        ----------
        function : callable
            Takes rates (Q,), gives (..., Q).
        breaks : array
            Rates at which it is not smooth.
        refine : int
            Each unit halves all panels; the change is the numerical error.
        """
        theta, weight = self._split(breaks, refine).nodes()
        return np.sum(np.where(weight > 0, function(theta), 0.0) * weight, axis=-1)

    def table(self, function: Function, breaks: ArrayLike = (), refine: int = 0) -> np.ndarray:
        """E[function(rate)] of many functions under a batch at once: (functions, batch).

        `expect` for a function that gives (functions, Q) and a one-dimensional batch, by one
        matrix product.
        """
        theta, weight = self._split(breaks, refine).nodes()
        return np.asarray(function(theta)) @ weight.T

    def _split(self, breaks: ArrayLike, refine: int) -> Density:
        """This density on panels split at rates, and halved `refine` times."""
        rates = np.unique(np.asarray(breaks, dtype=float))
        curve = self.curve.split_at(self.link.from_rate(rates[(rates > 0) & (rates < 1)]))
        for _ in range(refine):
            curve = curve.halved()
        return self if curve is self.curve else replace(self, curve=curve)

    def rvs(
        self, size: int | tuple[int, ...] | None = None, *, rng: int | np.random.Generator
    ) -> np.ndarray:
        """Draw rates by inversion; shape `size` (single density only)."""
        return self.ppf(np.random.default_rng(rng).random(size))

    def update(self, successes: ArrayLike, n: ArrayLike) -> Density:
        """Posterior after `successes` among `n`; both broadcast against the batch.

        Raises
        ------
        Refused
            If the counts are impossible.
        NotSettled
            If the data lie where the prior is below rounding, so that no posterior can be trusted.
        """
        return conditioning.updated(self, successes, n)

    def log_marginal(self, successes: ArrayLike, n: ArrayLike) -> np.ndarray:
        """Log predictive probability of `successes` among `n`, without the binomial coefficient."""
        return conditioning.log_marginal(self, successes, n)

    def predictive(self, n: int) -> CountTable:
        """Distribution of the number of successes among `n` further patients."""
        return conditioning.predictive(self, n)

    def mix(self, other: Distribution, weight: ArrayLike) -> Density:
        """Mixture with any distribution, which gets `weight` (a number or an array of the batch).

        Raises
        ------
        Refused
            If the weight lies outside [0, 1].
        """
        return mixed(self, Density.of(other, self.link), weight)

    def shift(self, mean: float, sd: float) -> Density:
        """Add Normal(mean, sd) to the log odds (positive: better); on the logit scale."""
        return shifted(self.on_link(LOGIT), mean, sd)
