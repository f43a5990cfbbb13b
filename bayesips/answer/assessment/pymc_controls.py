"""The trial's own controls in a PyMC model: of the rate by history after bias, or a vague rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesips.answer.assessment.chains import OF_HISTORY
from bayesips.borrowing import Robust
from bayesips.declare.model import Model
from bayesips.evidence.arm import Arm

if TYPE_CHECKING:
    from pytensor.tensor.variable import TensorVariable


@dataclass(eq=False)
class OwnControls:
    """What the trial's own controls say of the control rate; inside the context of a model.

    Attributes
    ----------
    model : Model
        With concurrent controls, and the method in use.
    summed : bool
        Whether the likelihood was asked for, component by component of a mixture.
    """

    model: Model
    summed: bool = False

    @property
    def arm(self) -> Arm:
        """The controls."""
        assert self.model.concurrent is not None
        return self.model.concurrent

    @property
    def weight(self) -> float:
        """Weight of the vague part before the controls."""
        return 0.0 if self.model.robust is None else float(self.model.robust.weight)

    @property
    def speak_directly(self) -> bool:
        """Whether their rate is the rate by history: no bias and no vague part between."""
        return not self.model.bias and self.weight == 0

    def log_likelihood(self, rate: TensorVariable) -> Any:
        """Log likelihood from rates by history of any shape, before bias."""
        import pymc as pm

        from bayesips.engine import nuts

        self.summed = True
        of_history = self._of(nuts.moved(rate, self.model.bias) if self.model.bias else rate)
        if self.weight == 0:
            return of_history
        parts = [
            np.log1p(-self.weight) + of_history,
            np.log(self.weight) + self._of(vague_rate(self.model.robust)),
        ]
        return pm.math.logaddexp(*parts)

    def observe(self, rate: TensorVariable) -> None:
        """The count as an observed variable of the rate after bias; not if it was summed over."""
        import pymc as pm

        if self.summed:
            return
        pm.modelcontext(None).add_coord("concurrent_arm", [self.arm.label])
        n, seen = np.array([self.arm.n]), np.array([self.arm.successes])
        named = {"observed": seen, "dims": "concurrent_arm"}
        if self.weight == 0:
            pm.Binomial("concurrent_successes", n=n, p=rate[None], **named)
            return
        rates = (rate, vague_rate(self.model.robust))
        parts = [pm.Binomial.dist(n=n, p=each[None]) for each in rates]
        shares = np.array([1 - self.weight, self.weight])
        pm.Mixture("concurrent_successes", w=shares, comp_dists=parts, **named)

    def weight_of_history(self, rate: TensorVariable) -> Any:
        """Probability that history after bias, not the vague part, gave the count."""
        import pymc as pm

        with np.errstate(divide="ignore"):  # a vague part of all the weight
            prior = np.log1p(-self.weight) - np.log(self.weight)
        likelihood = self._of(rate) - self._of(vague_rate(self.model.robust))
        return pm.Deterministic(OF_HISTORY, pm.math.sigmoid(prior + likelihood))

    def _of(self, rate: TensorVariable) -> Any:
        """Log probability of the count at a rate, without its constant."""
        import pymc as pm

        r, n = self.arm.successes, self.arm.n
        inside = pm.math.clip(rate, EDGE, 1 - EDGE)
        return r * pm.math.log(inside) + (n - r) * pm.math.log1p(-inside)


# Rates this close to 0 or 1 are moved inside before their logs are taken.
EDGE = 1e-15


def vague_rate(robust: Robust | None) -> Any:
    """The vague rate, an unknown of the model."""
    import pymc as pm

    assert robust is not None
    known, size = pm.modelcontext(None).named_vars, robust.n + 1
    if "vague_rate" in known:
        return known["vague_rate"]
    return pm.Beta("vague_rate", robust.mean * size, (1 - robust.mean) * size)
