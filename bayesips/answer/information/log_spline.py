"""Log-spline densities of a rate on the log odds, with the tails of a Beta.

Log-splines: Kooperberg and Stone 1991, Computational Statistics and Data Analysis 12, 327. Their
straight tails are a power of the rate here, as a Beta has them: without a knot it is a Beta.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from bayesips.distributions.mixture_panels import log_rates

NODES, WEIGHTS = np.polynomial.legendre.leggauss(12)
PANEL = 0.5  # widest panel between the knots, in standard deviations
DOUBLINGS = 12  # of the panels outwards: tails of a shape near 1 fall slowly
STEPS = 100  # of Newton, most often about eight
HALVINGS = 40  # of a step that does not improve
SETTLED = 1e-18  # Newton decrement; it is an error of the log likelihood for each draw
ARMIJO = 0.1  # part of the promised improvement that a step must keep
ROUNDING = 1e-14  # of a log likelihood


def quadrature(edges: NDArray) -> tuple[NDArray, NDArray]:
    """Gauss-Legendre nodes on panels, and their weights."""
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half + half * NODES).ravel(), (half * WEIGHTS).ravel()


@dataclass(frozen=True, eq=False)
class LogSpline:
    """log g = a log(p) + b log(1 - p) + sum_k c_k phi_k, for the log odds, up to a constant.

    phi_k'' is a hat of area 1 over three knots, so that g has two continuous derivatives and
    beyond the outer knots is the density of a Beta's log odds.

    Parameters
    ----------
    knots : array, (inner + 2,)
        Increasing, on the log odds.
    """

    knots: NDArray

    def statistics(self, log_odds: NDArray) -> NDArray:
        """What a, b and c multiply: (..., 2 + inner)."""
        inside, beyond = self._split(log_odds)
        hats = self._hats(inside, 3) + self._hats(inside, 2) * beyond[..., None]
        hats = hats - (log_odds[..., None] - self.knots[1:-1]) / 2
        return np.concatenate([np.stack(log_rates(log_odds), axis=-1), hats], axis=-1)

    def slopes(self, log_odds: NDArray) -> NDArray:
        """First derivatives of `statistics` in the log odds."""
        of_beta = np.stack([expit(-log_odds), -expit(log_odds)], axis=-1)
        hats = self._hats(self._split(log_odds)[0], 2) - 0.5
        return np.concatenate([of_beta, hats], axis=-1)

    def bends(self, log_odds: NDArray) -> NDArray:
        """Second derivatives of phi, (..., inner); 0 beyond the outer knots."""
        inside, beyond = self._split(log_odds)
        return np.where(beyond[..., None] == 0, self._hats(inside, 1), 0)  # not what rounds to 0

    def tail_shapes(self, coefficients: NDArray) -> tuple[NDArray, NDArray]:
        """Shapes of the Beta that the density is towards 0, and towards 1."""
        half = coefficients[..., 2:].sum(axis=-1) / 2  # phi_k' is -1/2 and 1/2 there
        return coefficients[..., 0] - half, coefficients[..., 1] - half

    def panels(self, sd: float) -> NDArray:
        """Ends of panels on the log odds that resolve the density; knots are among them."""
        between = [
            np.linspace(low, high, 2 + int((high - low) / (PANEL * sd)))[:-1]
            for low, high in zip(self.knots[:-1], self.knots[1:], strict=True)
        ]
        near = np.array([0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 16])
        far = sd * np.concatenate([near, 16 * 2.0 ** np.arange(1, DOUBLINGS)])
        ends = self.knots[0] - far[::-1], self.knots[-1] + np.concatenate([[0.0], far])
        return np.concatenate([ends[0], *between, ends[1]])

    def _split(self, log_odds: NDArray) -> tuple[NDArray, NDArray]:
        """The nearest place between the outer knots, and how far beyond it."""
        inside = np.clip(log_odds, self.knots[0], self.knots[-1])
        return inside, log_odds - inside

    def _hats(self, x: NDArray, power: int) -> NDArray:
        """The hats (power 1) and their integrals from the left, by truncated powers."""
        low, middle, high = self.knots[:-2], self.knots[1:-1], self.knots[2:]
        up, down = middle - low, high - middle
        factor = {1: 1, 2: 2, 3: 6}[power] * (up + down) / 2
        left, centre, right = (
            np.maximum(x[..., None] - k, 0) ** power for k in (low, middle, high)
        )
        return (left / up - centre * (1 / up + 1 / down) + right / down) / factor


@dataclass(frozen=True, eq=False)
class Likelihood:
    """The log likelihood of a log-spline for given means of its statistics, averaged over draws.

    Parameters
    ----------
    statistics : array, (Q, K)
        At the nodes of a quadrature.
    weights : array, (Q,)
        Of the nodes.
    """

    statistics: NDArray
    weights: NDArray

    @cached_property
    def _log_weights(self) -> NDArray:
        return np.log(self.weights)

    def density(self, coefficients: NDArray) -> tuple[NDArray, NDArray]:
        """Probabilities of the nodes (S, Q), and the log of what normalises them (S,)."""
        logs = coefficients @ self.statistics.T + self._log_weights
        top = logs.max(axis=-1, keepdims=True)
        mass = np.exp(logs - top)
        total = mass.sum(axis=-1, keepdims=True)
        return mass / total, (np.log(total) + top)[..., 0]

    def information(self, mass: NDArray) -> NDArray:
        """Covariance of the statistics (S, K, K), which is the information of one draw."""
        mean = mass @ self.statistics
        square = [(self.statistics * row[:, None]).T @ self.statistics for row in mass]
        return np.stack(square) - mean[..., :, None] * mean[..., None, :]

    def maximise(self, means: NDArray, start: NDArray) -> tuple[NDArray, NDArray]:
        """Coefficients with these means (S, K), by Newton's method; NaN where it does not settle.

        Returns
        -------
        coefficients (S, K), log likelihood (S,)
        """
        at, height = start, self._height(start, means)
        ridge = 1e-10 * np.eye(means.shape[-1])
        left = np.full(len(means), np.inf)
        for _ in range(STEPS):
            mass, _ = self.density(at)
            gap = means - mass @ self.statistics
            step = np.linalg.solve(self.information(mass) + ridge, gap[..., None])[..., 0]
            left = np.sum(step * gap, axis=-1)
            if np.all(left < SETTLED):
                break
            at, height = self._climbed(means, at, height, step, left)
        settled = left < SETTLED
        return np.where(settled[:, None], at, np.nan), np.where(settled, height, np.nan)

    def _climbed(
        self, means: NDArray, at: NDArray, height: NDArray, step: NDArray, left: NDArray
    ) -> tuple[NDArray, NDArray]:
        """A step, halved where it does not improve."""
        length = np.ones(len(at))
        for _ in range(HALVINGS):
            new = at + length[:, None] * step
            reached = self._height(new, means)
            short = reached < height + ARMIJO * length * left - ROUNDING
            if not short.any():
                break
            length = np.where(short, length / 2, length)
        return new, reached

    def _height(self, coefficients: NDArray, means: NDArray) -> NDArray:
        """Log likelihood of one draw."""
        return np.sum(coefficients * means, axis=-1) - self.density(coefficients)[1]
