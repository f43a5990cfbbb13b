"""Log-likelihood of a Beta mixture on weighted points: value, slope and curvature.

Parameters of K components are one array (..., 3K): K log weights (up to a constant), K log a,
K log b. Leading axes are independent fits, treated together.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, log_softmax, polygamma, psi


@dataclass(frozen=True)
class WeightedPoints:
    """Rates with probabilities, and the narrowest component that they can carry.

    Parameters
    ----------
    log_rate, log_complement
        log theta and log(1 - theta), shape (Q,), in increasing order of theta.
    weight
        Probabilities, shape (Q,), summing to 1.
    least_sd
        At each point the smallest standard deviation a component may have there: a narrower one
        could collapse onto a single point, where the likelihood has no bound.
    least_shape
        Lower bound of every shape.
    """

    log_rate: NDArray
    log_complement: NDArray
    weight: NDArray
    least_sd: NDArray
    least_shape: float

    @property
    def rate(self) -> NDArray:
        """The points themselves."""
        return np.exp(self.log_rate)

    def grouped(self, groups: int) -> "WeightedPoints":
        """Neighbours merged into about `groups` groups: cheap, to compare starts on."""
        edges = np.unique(np.linspace(0, len(self.weight), groups + 1).astype(int))[:-1]
        weight = np.add.reduceat(self.weight, edges)
        rows = (self.log_rate, self.log_complement, self.least_sd)
        means = [np.add.reduceat(self.weight * row, edges) / weight for row in rows]
        return WeightedPoints(means[0], means[1], weight, means[2], self.least_shape)


def log_joint(parameters: NDArray, points: WeightedPoints) -> NDArray:
    """log(w_k Beta(theta; a_k, b_k)), shape (..., K, Q)."""
    logits, log_a, log_b = np.split(parameters, 3, axis=-1)
    a, b = np.exp(log_a), np.exp(log_b)
    constant = log_softmax(logits, axis=-1) - betaln(a, b)
    return (
        constant[..., None]
        + (a - 1)[..., None] * points.log_rate
        + (b - 1)[..., None] * points.log_complement
    )


def responsibilities(parameters: NDArray, points: WeightedPoints) -> tuple[NDArray, NDArray]:
    """Mean log-likelihood (...,) and each component's share of each point (..., K, Q)."""
    joint = log_joint(parameters, points)
    top = joint.max(axis=-2, keepdims=True)
    np.exp(joint - top, out=joint)
    total = joint.sum(axis=-2, keepdims=True)
    joint /= total
    return ((top + np.log(total))[..., 0, :]) @ points.weight, joint


def derivatives(parameters: NDArray, points: WeightedPoints) -> tuple[NDArray, NDArray, NDArray]:
    """Mean log-likelihood, its gradient (..., 3K) and its Hessian (..., 3K, 3K)."""
    value, share = responsibilities(parameters, points)
    logits, log_a, log_b = np.split(parameters, 3, axis=-1)
    prior = np.exp(log_softmax(logits, axis=-1))[..., None]
    slope_a, slope_b = slopes = _shape_slopes(np.exp(log_a), np.exp(log_b), points)
    score = _score(share, prior, slopes)
    weighted = score * points.weight
    gradient = weighted.sum(axis=-1)
    hessian = -weighted @ np.swapaxes(score, -1, -2)
    _, in_a, in_b = np.split(weighted, 3, axis=-2)
    squares = [np.einsum("...q,...q", *pair) for pair in
               ((in_a, slope_a), (in_a, slope_b), (in_b, slope_b))]  # fmt: skip
    weight = share @ points.weight
    hessian += _complete_data_hessian(weight, prior[..., 0], gradient, squares, log_a, log_b)
    return value, gradient, hessian


def scores(parameters: NDArray, points: WeightedPoints) -> NDArray:
    """Slope of the log-likelihood of each point, (..., 3K, Q)."""
    _, share = responsibilities(parameters, points)
    logits, log_a, log_b = np.split(parameters, 3, axis=-1)
    prior = np.exp(log_softmax(logits, axis=-1))[..., None]
    return _score(share, prior, _shape_slopes(np.exp(log_a), np.exp(log_b), points))


def _score(share: NDArray, prior: NDArray, slopes: tuple[NDArray, NDArray]) -> NDArray:
    """Slopes in the log weights, in log a and in log b, from each component's share of a point."""
    return np.concatenate([share - prior, share * slopes[0], share * slopes[1]], axis=-2)


def _shape_slopes(a: NDArray, b: NDArray, points: WeightedPoints) -> tuple[NDArray, NDArray]:
    """Derivatives of log Beta(theta; a, b) in log a and in log b, each (..., K, Q)."""
    total = psi(a + b)
    slope_a = a[..., None] * (points.log_rate - (psi(a) - total)[..., None])
    slope_b = b[..., None] * (points.log_complement - (psi(b) - total)[..., None])
    return slope_a, slope_b


def _complete_data_hessian(
    weight: NDArray,
    prior: NDArray,
    gradient: NDArray,
    squares: list[NDArray],
    log_a: NDArray,
    log_b: NDArray,
) -> NDArray:
    """E[sum_k r_k (c_k c_k' + C_k)], c_k and C_k gradient and Hessian of log(w_k f_k)."""
    _, in_a, in_b = np.split(gradient, 3, axis=-1)
    a, b = np.exp(log_a), np.exp(log_b)
    shared = polygamma(1, a + b)
    aa = _diagonal(squares[0] + in_a - weight * a**2 * (polygamma(1, a) - shared))
    ab = _diagonal(squares[1] + weight * a * b * shared)
    bb = _diagonal(squares[2] + in_b - weight * b**2 * (polygamma(1, b) - shared))
    identity = np.eye(weight.shape[-1])
    to_a, to_b = ((identity - prior[..., None]) * each[..., None, :] for each in (in_a, in_b))
    blocks = [
        [_weight_block(weight, prior), to_a, to_b],
        [np.swapaxes(to_a, -1, -2), aa, ab],
        [np.swapaxes(to_b, -1, -2), ab, bb],
    ]
    return np.concatenate([np.concatenate(row, axis=-1) for row in blocks], axis=-2)


def _diagonal(entries: NDArray) -> NDArray:
    """Diagonal matrices (..., K, K)."""
    return entries[..., None] * np.eye(entries.shape[-1])


def _weight_block(weight: NDArray, prior: NDArray) -> NDArray:
    """The block of the log weights."""
    outer = weight[..., :, None] * prior[..., None, :]
    both = 2 * prior[..., :, None] * prior[..., None, :]
    return _diagonal(weight - prior) - outer - np.swapaxes(outer, -1, -2) + both
