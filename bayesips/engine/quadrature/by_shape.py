"""A rate together with the shape of survival in time: probabilities of their pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import fft

from bayesips.distributions.link import Link
from bayesips.engine.quadrature.region import Resolution

# Grids finer and finer, until no moment of the control's rate and shape moves by more than this.
RESOLUTIONS = tuple(
    Resolution(*each)
    for each in ((20, 0.65, 18), (25, 0.54, 20), (34, 0.46, 26), (64, 0.32, 40), (100, 0.23, 50))
)
TOLERANCE = 1e-6
# Shape nodes of less weight than this, in every cell, are dropped.
LIGHTEST = 1e-10


@dataclass(frozen=True, eq=False)
class ByShape:
    """Joint posterior of a rate and the shape, on a grid.

    Parameters
    ----------
    shape : array, (K,)
        Nodes of the shape parameter.
    eta : array, (Q,)
        Nodes of the rate on the link scale, in order.
    mass : array, (*batch, K, Q)
        Probabilities of the pairs, summing to 1 in each cell.
    """

    shape: np.ndarray
    eta: np.ndarray
    mass: np.ndarray

    def __getitem__(self, index: int | slice) -> ByShape:
        """Cells of the batch."""
        return ByShape(self.shape, self.eta, self.mass[index])

    @property
    def weights(self) -> np.ndarray:
        """Posterior of the shape, (*batch, K)."""
        return np.asarray(self.mass.sum(axis=-1))

    def moments(self, scale: Link) -> np.ndarray:
        """Means of survival at the landmark, the log shape, their squares and product, (5, *batch).

        `scale` is the link on which the rate is held.
        """
        survival, log_shape = scale.rate(self.eta), np.log(self.shape)
        rates, shapes = self.mass.sum(axis=-2), self.weights
        both = (self.mass @ survival * log_shape).sum(axis=-1)
        single = [rates @ survival, rates @ survival**2, shapes @ log_shape, shapes @ log_shape**2]
        return np.stack([*single, both])

    def finer(self, times: int) -> ByShape:
        """The same on a lattice `times` as fine: a smooth density that vanishes at both ends."""
        size = len(self.eta)
        spectrum = fft.rfft(self.mass, 2 * size, axis=-1)
        spectrum[..., -1] /= 2  # the highest frequency is shared by both signs
        fine = fft.irfft(spectrum, 2 * size * times, axis=-1)[..., : (size - 1) * times + 1]
        fine = np.maximum(fine, 0.0)
        eta = np.linspace(self.eta[0], self.eta[-1], fine.shape[-1])
        return ByShape(self.shape, eta, fine / fine.sum(axis=(-2, -1), keepdims=True))

    def kept(self) -> ByShape:
        """The same without shapes of no weight in any cell."""
        kept = (self.weights > LIGHTEST).reshape(-1, len(self.shape)).any(axis=0)
        mass = self.mass[..., kept, :]
        total = mass.sum(axis=(-2, -1), keepdims=True)
        return ByShape(self.shape[kept], self.eta, mass / total)
