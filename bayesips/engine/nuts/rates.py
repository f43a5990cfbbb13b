"""Rates of a story in PyMC: each knows itself on both scales.

Shapes: a plain rate is a scalar. A mixture has its components along the last axis. Where a
hyperprior is a mixture, the whole model has one branch for each of its parts, along a leading
axis: (branches, 1) or (branches, components).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytensor.tensor as pt

from bayesips.distributions.link import Link
from bayesips.engine.nuts.mathematics import on_link, rate_of
from bayesips.errors import Refused
from bayesips.evidence.arm import Arm


@dataclass(eq=False)
class Rate:
    """A rate, its value `theta`, its value `eta` on the link scale, and the arms that speak of it.

    `log_weights` are those of a mixture's components; `terms` are further log likelihoods of the
    rate, as functions of `theta`.
    """

    name: str
    theta: Any
    eta: Any
    link: Link
    log_weights: Any = None
    arms: list[Arm] = field(default_factory=list)
    terms: list[Callable[[Any], Any]] = field(default_factory=list)

    @classmethod
    def at(cls, name: str, eta: Any, link: Link, log_weights: Any = None) -> Rate:
        """A rate by its value on the link scale."""
        eta = pt.as_tensor_variable(eta)
        return cls(name, rate_of(eta, link), eta, link, log_weights)

    @classmethod
    def of(cls, name: str, theta: Any, link: Link) -> Rate:
        """A rate by its value."""
        return cls(name, theta, on_link(theta, link), link)

    def __mul__(self, share: Any) -> Rate:
        """A share of a group with this rate; sums of shares are a blend of patients."""
        if self.log_weights is not None:
            raise Refused(f"{self.name}: a mixture of rates cannot be blended with another rate")
        return Rate.of(f"share of {self.name}", self.theta * share, self.link)

    __rmul__ = __mul__

    def __add__(self, other: Rate) -> Rate:
        return Rate.of("blend", self.theta + other.theta, self.link)


def picked(values: Any, log_weights: Any, uniform: Any) -> tuple[Any, Any]:
    """One of `values` (first axis) by its weight, and its index; `uniform` decides.

    `uniform` enters no likelihood, so this is an exact draw of the component.
    """
    share = pt.special.softmax(log_weights)
    index = pt.sum(pt.gt(uniform, pt.cumsum(share)[:-1])).astype("int64")
    return values[index], index


def log_weights(weights: Any) -> Any:
    """Logs of mixture weights, numbers or values of the hierarchy, (components,)."""
    if all(isinstance(weight, int | float | np.number) for weight in weights):
        with np.errstate(divide="ignore"):
            return pt.as_tensor_variable(np.log(np.asarray(weights, dtype=float)))
    return pt.log(pt.stack([pt.as_tensor_variable(weight) for weight in weights]))
