"""A distribution of a rate held as a log density on the link scale, plus atoms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bayesips.distributions import panels
from bayesips.distributions.counts import CountTable, log_binomial_table
from bayesips.distributions.piecewise import Piecewise
from bayesips.link import LOGIT, Link
from bayesips.mathematics import NUMPY

# Posterior mass at an edge where the density was cut off, above which an update is refused.
CUT_MASS = 1e-9


@dataclass(frozen=True, eq=False)
class Density:
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
    cut : tuple of bool
        Whether the density was cut off at its lower and upper edge (below 1e-15 of its peak).
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
    cut: tuple[bool, bool] = (False, False)
    log_total: Any = 0.0

    @classmethod
    def from_log(  # noqa: PLR0913  a density, its atoms and what is known of its tails
        cls,
        link: Link,
        log_f: Callable[[np.ndarray], np.ndarray],
        edges: Any,
        *,
        atoms: Sequence[float] | np.ndarray = (),
        atom_logs: Any = None,
        negligible: float = panels.NEGLIGIBLE,
        cut: tuple[bool, bool] = (False, False),
    ) -> Density:
        """Normalise exp(log_f) and atoms of log weight `atom_logs` (*batch, atoms).

        Raises
        ------
        ArithmeticError
            If the density cannot be resolved.
        """
        edges, values = panels.refine(log_f, np.asarray(edges, dtype=float), negligible)
        atoms = np.asarray(atoms, dtype=float)
        logs = np.broadcast_to(-np.inf, (*values.shape[:-2], len(atoms)))
        if atom_logs is not None:
            logs = np.broadcast_to(atom_logs, logs.shape)
        return cls._normalised(link, edges, values, atoms, logs, cut)

    @classmethod
    def _normalised(  # noqa: PLR0913  the parts of a density, before they are one
        cls,
        link: Link,
        edges: np.ndarray,
        values: np.ndarray,
        atoms: np.ndarray,
        atom_logs: np.ndarray,
        cut: tuple[bool, bool],
    ) -> Density:
        """Divide by the total mass."""
        total = _log_total(edges, values, atom_logs)
        weights = np.exp(atom_logs - total[..., None])
        curve = Piecewise(edges, values - total[..., None, None])
        return cls(link, curve, atoms, weights, 0.0, cut, total)

    @classmethod
    def point(cls, rate: Any, link: Link = LOGIT) -> Density:
        """All probability on one rate; an array of rates makes a batch."""
        rate = np.asarray(rate, dtype=float)
        atoms, place = np.unique(rate, return_inverse=True)
        weights = np.zeros((*rate.shape, len(atoms)))
        np.put_along_axis(weights, place.reshape(*rate.shape, 1), 1.0, axis=-1)
        nothing = np.full((*rate.shape, 1, panels.ORDER), -np.inf)
        return cls(link, Piecewise(np.array([0.0, 1.0]), nothing), atoms, weights)

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Leading batch axes."""
        return self.curve.batch_shape

    def __getitem__(self, index: Any) -> Density:
        """Cells of the batch, by numpy indexing of the batch axes."""
        index = index if isinstance(index, tuple) else (index,)
        dots = () if Ellipsis in index else (Ellipsis,)
        logs = self.curve.logs[(*index, *dots, slice(None), slice(None))]
        weights = self.atom_weights[(*index, *dots, slice(None))]
        total = np.broadcast_to(self.log_total, self.batch_shape)[(*index, *dots)]
        return replace(
            self, curve=replace(self.curve, logs=logs), atom_weights=weights, log_total=total
        )

    # -- density and probabilities ---------------------------------------------------------

    def logpdf(self, x: Any) -> np.ndarray:
        """Log density of the continuous part at rates `x`."""
        x = np.asarray(x, dtype=float)
        with np.errstate(divide="ignore", invalid="ignore"):
            eta = np.where((x > 0) & (x < 1), self.link.from_rate(x), np.nan)
        inside = (eta >= self.curve.edges[0]) & (eta <= self.curve.edges[-1])
        safe = np.where(inside, eta, self.curve.edges[0])
        logs = self.curve.log_at(safe) - self.link.log_slope(safe)
        return np.where(inside, logs, -np.inf)

    def curve_log(self, link: Link, eta: np.ndarray) -> np.ndarray:
        """Log density with respect to another link's eta, shape (*batch, *eta.shape)."""
        spread = self[..., None] if self.batch_shape else self
        return spread.logpdf(link.rate(eta)) + link.log_slope(eta)

    def pdf(self, x: Any) -> np.ndarray:
        """Density of the continuous part at rates `x`."""
        return np.exp(self.logpdf(x))

    def cdf(self, x: Any) -> np.ndarray:
        """P(rate <= x)."""
        return self._below(x) + self._atoms_where(np.less_equal, x)

    def sf(self, x: Any) -> np.ndarray:
        """P(rate > x)."""
        return self._above(x) + self._atoms_where(np.greater, x)

    def logcdf(self, x: Any) -> np.ndarray:
        """Log of P(rate <= x)."""
        with np.errstate(divide="ignore"):
            return np.log(self.cdf(x))

    def logsf(self, x: Any) -> np.ndarray:
        """Log of P(rate > x)."""
        with np.errstate(divide="ignore"):
            return np.log(self.sf(x))

    def ppf(self, q: Any) -> np.ndarray:
        """Smallest rate whose cdf reaches q; an atom where the cdf jumps past q."""
        q = np.asarray(q, dtype=float)
        if np.any((q < 0) | (q > 1)):
            raise ValueError(f"q is {q}; a probability lies between 0 and 1")
        q = np.broadcast_to(q, np.broadcast_shapes(q.shape, self.batch_shape))
        below = np.zeros(q.shape)  # atoms passed before the quantile
        answer = np.full(q.shape, np.nan)
        for index, atom in enumerate(self.atoms):
            weight = self.atom_weights[..., index]
            before = self._below(atom) + below
            hit = np.isnan(answer) & (q > before) & (q <= before + weight)
            answer = np.where(hit, atom, answer)
            below = np.where(np.isnan(answer) & (q > before + weight), below + weight, below)
        open_ = np.isnan(answer)
        if open_.any():
            answer = np.where(open_, self._continuous_ppf(q - below), answer)
        return answer[()]

    # -- moments and expectations ----------------------------------------------------------

    def mean(self) -> np.ndarray:
        """Expected rate."""
        return self.expect(lambda theta: theta)

    def std(self) -> np.ndarray:
        """Standard deviation of the rate."""
        theta, weight = self.nodes()
        away = theta - np.asarray(self.mean())[..., None]
        return np.sqrt(np.sum(weight * away**2, axis=-1))

    def nodes(self) -> tuple[np.ndarray, np.ndarray]:
        """Rates (Q,) and their probabilities (*batch, Q), summing to 1, atoms last."""
        theta = np.concatenate([self.link.rate(self.curve.nodes), self.atoms])
        return theta, np.concatenate([self.curve.mass, self.atom_weights], axis=-1)

    def expect(
        self, function: Callable[[np.ndarray], Any], breaks: Any = (), refine: int = 0
    ) -> np.ndarray:
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
        return np.sum(np.asarray(function(theta)) * weight, axis=-1)

    def table(
        self, function: Callable[[np.ndarray], np.ndarray], breaks: Any = (), refine: int = 0
    ) -> np.ndarray:
        """E[function(rate)] of many functions under a batch at once: (functions, batch).

        `expect` for a function that gives (functions, Q) and a one-dimensional batch, by one
        matrix product.
        """
        theta, weight = self._split(breaks, refine).nodes()
        return np.asarray(function(theta)) @ weight.T

    def rvs(self, size: Any = None, *, rng: Any) -> np.ndarray:
        """Draw rates by inversion; shape `size` (single density only)."""
        return self.ppf(np.random.default_rng(rng).random(size))

    # -- the closed algebra ----------------------------------------------------------------

    def update(self, successes: Any, n: Any) -> Density:
        """Posterior after `successes` among `n`; both broadcast against the batch.

        Raises
        ------
        ValueError
            If the counts are impossible.
        ArithmeticError
            If the data lie where the density was cut off, so that no posterior can be trusted.
        """
        r, missed = _counts(successes, n)

        def log_f(eta: np.ndarray) -> np.ndarray:
            return (
                panels.interpolate(self.curve.edges, self.curve.logs, eta)
                + r[..., None] * self.link.log_rate(eta, NUMPY)
                + missed[..., None] * self.link.log_miss(eta, NUMPY)
            )

        with np.errstate(divide="ignore", invalid="ignore"):
            atom_logs = np.log(self.atom_weights) + _xlog(r, self.atoms) + _xlog(missed, 1 - self.atoms)
        if self.curve.empty:
            none = np.full((*atom_logs.shape[:-1], 1, panels.ORDER), -np.inf)
            return self._normalised(
                self.link, self.curve.edges, none, self.atoms, atom_logs, self.cut
            )
        posterior = self.from_log(
            self.link, log_f, self.curve.edges, atoms=self.atoms, atom_logs=atom_logs, cut=self.cut
        )
        posterior._check_cut()
        return replace(posterior, error=self.error)

    def log_marginal(self, successes: Any, n: Any) -> np.ndarray:
        """Log predictive probability of `successes` among `n`, without the binomial coefficient."""
        r, missed = _counts(successes, n)
        theta, weight = self.nodes()
        with np.errstate(divide="ignore"):
            logs = np.log(weight) + _xlog(r, theta) + _xlog(missed, 1 - theta)
        return NUMPY.logsumexp(logs)

    def predictive(self, n: int) -> CountTable:
        """Distribution of the number of successes among `n` further patients."""
        theta, weight = self.nodes()
        eta = self.curve.nodes
        with np.errstate(divide="ignore"):
            log_rate = np.concatenate([self.link.log_rate(eta, NUMPY), np.log(self.atoms)])
            log_miss = np.concatenate([self.link.log_miss(eta, NUMPY), np.log1p(-self.atoms)])
            table = log_binomial_table(n, np.maximum(log_rate, -1e300), np.maximum(log_miss, -1e300))
            logs = NUMPY.logsumexp(np.log(weight)[..., None, :] + table)
        return CountTable(logs - NUMPY.logsumexp(logs)[..., None])

    def mix(self, other: Any, weight: Any) -> Density:
        """Mixture with `other`, which gets `weight` (a number or an array of the batch).

        Raises
        ------
        ValueError
            If the weight lies outside [0, 1].
        """
        from bayesips.distributions.convert import mix_densities  # noqa: PLC0415  needs Density

        return mix_densities(self, other, weight)

    def shift(self, mean: float, sd: float) -> Density:
        """Add Normal(mean, sd) to the log odds (positive: better); on the logit scale."""
        from bayesips.distributions.convert import shift_log_odds  # noqa: PLC0415  needs Density

        return shift_log_odds(self, mean, sd)

    # -- inner ------------------------------------------------------------------------------

    def _below(self, x: Any) -> np.ndarray:
        """Continuous mass at rates <= x."""
        eta = self._clipped(x)
        return self.curve.above(eta) if self.link.decreasing else self.curve.below(eta)

    def _above(self, x: Any) -> np.ndarray:
        """Continuous mass at rates > x."""
        eta = self._clipped(x)
        return self.curve.below(eta) if self.link.decreasing else self.curve.above(eta)

    def _clipped(self, x: Any) -> np.ndarray:
        """Rates on the link scale, within the edges."""
        with np.errstate(divide="ignore"):
            eta = self.link.from_rate(np.clip(np.asarray(x, dtype=float), 0.0, 1.0))
        return np.clip(eta, self.curve.edges[0], self.curve.edges[-1])

    def _atoms_where(self, relation: Callable, x: Any) -> np.ndarray:
        """Probability of the atoms that stand in `relation` to x."""
        chosen = relation(self.atoms, np.asarray(x, dtype=float)[..., None])
        return np.sum(self.atom_weights * chosen, axis=-1)

    def _continuous_ppf(self, q: np.ndarray) -> np.ndarray:
        """Rate below which the continuous part has mass q."""
        total = self.curve.mass.sum(axis=-1)
        return self.link.rate(self.curve.quantile(total - q if self.link.decreasing else q))

    def _split(self, breaks: Any, refine: int) -> Density:
        """The same density on panels split at rates, and halved `refine` times."""
        fine = self._split_at(breaks)
        for _ in range(refine):
            fine = replace(fine, curve=fine.curve.halved())
        return fine

    def _split_at(self, breaks: Any) -> Density:
        """The same density with panel edges at given rates."""
        rates = np.unique(np.asarray(breaks, dtype=float))
        rates = rates[(rates > 0) & (rates < 1)]
        eta, edges = self.link.from_rate(rates), self.curve.edges
        eta = eta[(eta > edges[0]) & (eta < edges[-1])]
        return replace(self, curve=self.curve.on(np.union1d(edges, eta))) if len(eta) else self

    def _check_cut(self) -> None:
        """Refuse a posterior that leans on an edge where its prior was cut off."""
        logs = self.curve.logs
        for side, is_cut in zip((0, -1), self.cut, strict=True):
            lean = logs[..., side, side] - logs.max(axis=(-2, -1))
            if is_cut and np.any(lean > np.log(CUT_MASS)):
                raise ArithmeticError(
                    "the data lie so far from the prior that they fall where its density is below "
                    "1e-15 of its peak; no posterior can be trusted there"
                )


def _log_total(edges: np.ndarray, values: np.ndarray, atom_logs: np.ndarray) -> np.ndarray:
    """Log of all mass, continuous and in atoms."""
    with np.errstate(divide="ignore"):
        logs = values + np.log(panels.weights_of(edges))
    flat = logs.reshape(*logs.shape[:-2], -1)
    batch = np.broadcast_shapes(flat.shape[:-1], atom_logs.shape[:-1])
    parts = [np.broadcast_to(part, (*batch, part.shape[-1])) for part in (flat, atom_logs)]
    return NUMPY.logsumexp(np.concatenate(parts, axis=-1))


def _counts(successes: Any, n: Any) -> tuple[np.ndarray, np.ndarray]:
    """Successes and failures as floats, checked."""
    r, n = np.broadcast_arrays(np.asarray(successes, dtype=float), np.asarray(n, dtype=float))
    bad = ~((r >= 0) & (r <= n) & (r == np.floor(r)) & (n == np.floor(n)))
    if bad.any():
        raise ValueError(
            f"{r[bad].ravel()[0]:g} successes among {n[bad].ravel()[0]:g} patients; "
            "allowed are whole numbers, 0 to n"
        )
    return r, n - r


def _xlog(count: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """count * log(rate) with 0 log 0 = 0, a new last axis for the rates."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(count[..., None] == 0, 0.0, count[..., None] * np.log(rate))
