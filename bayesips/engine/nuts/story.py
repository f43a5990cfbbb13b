"""PyMC listens: a borrowing method's story becomes an ordinary, readable `pm.Model`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayesips.distributions.mathematics import Mathematics
from bayesips.distributions.priors import Prior
from bayesips.endpoints import Endpoint
from bayesips.engine.nuts import conjugate, hyperpriors
from bayesips.engine.nuts.mathematics import PYTENSOR
from bayesips.engine.nuts.rates import Rate, log_weights
from bayesips.errors import Refused
from bayesips.evidence.arm import Arm


@dataclass(frozen=True)
class Branched:
    """The hyperprior that is a mixture: (branches,) log weights and (branches, 1) values."""

    name: str
    log_weights: np.ndarray
    values: Any

    def spread(self, x: Any) -> Any:
        """The same in every branch where it does not differ between them."""
        return x + pt.zeros_like(self.values)


class PyMCStory:
    """Implements the four verbs of `borrowing.method.Build` inside a `pm.Model` context.

    A hyperprior that is a mixture splits the model into branches, one for each part, summed over
    exactly: a spike on a standard deviation needs no discrete unknown.

    Parameters
    ----------
    endpoint : Endpoint
        What the arms' data say about a rate.
    arms : sequence of Arm
        The historical arms, whose labels become the dim `arm`.
    """

    math: ClassVar[Mathematics] = PYTENSOR

    def __init__(self, endpoint: Endpoint, arms: Sequence[Arm]) -> None:
        self.endpoint = endpoint
        self.labels = [arm.label for arm in arms]
        self.priors: dict[str, Prior] = {}
        self.rates: list[Rate] = []
        self.shape: tuple[Any, ...] | None = None
        self.branched: Branched | None = None
        self._standard: dict[str, Any] = {}
        self.shape = endpoint.tell(self) or None
        self._shape_priors = list(self.priors.values())

    def hyper(self, name: str, prior: Any) -> Any:
        """An unknown of the hierarchy, as a PyMC variable.

        Raises
        ------
        Refused
            If two hyperpriors are mixtures.
        """
        self.priors[name] = parsed = Prior.parse(prior)
        if parsed.family != "mixture":
            return hyperpriors.variable(name, parsed)
        if self.branched is not None:
            raise Refused(
                f"{self.branched.name} and {name} are both mixtures; NUTS sums over only one"
            )
        weights, values = hyperpriors.variables(name, parsed)
        self.branched = Branched(name, np.log(weights), values)
        return values

    def rate(
        self,
        name: str,
        centre: Any,
        scale: Any = None,
        weights: Any = None,
        df: float | None = None,
    ) -> Rate:
        """A rate, non-centred: its own standard Normal or t, stretched and moved."""
        if weights is None:
            spread = 0.0 if scale is None else scale * self._normal(name, None, df)
            return self._note(Rate.at(name, centre + spread, self.endpoint.scale))
        scales = [0.0 if part is None else part for part in scale]
        normals = self._normal(name, len(scales), df)
        parts = [c + s * normals[i] for i, (c, s) in enumerate(zip(centre, scales, strict=True))]
        eta = self._components(parts)
        return self._note(Rate.at(name, eta, self.endpoint.scale, log_weights(weights)))

    def conjugate(self, name: str, a: Any, b: Any, given: Sequence[Any] = ()) -> Rate:
        """A Beta rate, given each arm's likelihood raised to its weight, normalised."""
        given = [(arm, weight) for arm, weight in given if _single(arm).included]
        self._check_numbers(name, [a, b, *(weight for _, weight in given)])
        known = all(conjugate.is_number(value) for value in (a, b, *(w for _, w in given)))
        if known and all(float(weight) == 1.0 for _, weight in given):
            rate = self._beta(name, a, b)
            rate.arms += [arm for arm, _ in given]
            return rate
        if conjugate.closed_form(self.endpoint, given):
            return self._beta(name, *conjugate.shapes_given(a, b, given))
        return self._powered(self._beta(name, a, b), a, b, given, known)

    def _powered(self, rate: Rate, a: Any, b: Any, given: Any, known: bool) -> Rate:
        """Add the powered likelihoods; their normaliser too, unless it is a constant."""
        pm.Potential(
            f"history of {rate.name}",
            conjugate.powered(self.endpoint, given, rate.eta, self.shape),
        )
        if not known:
            log_normaliser = conjugate.log_normaliser(
                self.endpoint, a, b, given, self._shape_priors
            )
            pm.Potential(f"normaliser of {rate.name}", -log_normaliser)
        return rate

    def _beta(self, name: str, a: Any, b: Any) -> Rate:
        """A Beta variable; one for each branch where its shapes differ between them."""
        in_branches = any(getattr(value, "ndim", 0) for value in (a, b))
        label = f"rate[{name}]" if name in self.labels else name
        theta = pm.Beta(f"{label} by part" if in_branches else label, a, b)
        return self._note(Rate.of(name, theta, self.endpoint.scale))

    def observe(self, rate: Rate, arm: Arm) -> None:
        """Say that the arm's data speak of this rate."""
        if _single(arm).included:
            rate.arms.append(arm)
        if rate not in self.rates:  # a blend
            self.rates.append(rate)

    def default(self, name: str) -> tuple[Any, ...]:
        """The endpoint's default prior of a hyperparameter."""
        return self.endpoint.defaults[name]

    def link_of(self, rate: Any) -> Any:
        """A known rate on the endpoint's link scale."""
        return self.endpoint.scale.from_rate(np.asarray(rate, dtype=float))

    def _note(self, rate: Rate) -> Rate:
        """Keep a rate; its name is its own."""
        if any(rate.name == other.name for other in self.rates):
            raise Refused(f"two rates are called {rate.name!r}; rename the arm of that label")
        self.rates.append(rate)
        return rate

    def _normal(self, name: str, components: int | None, df: float | None = None) -> Any:
        """A standard Normal, or t, for one rate; those of the arms are one vector (dim `arm`)."""
        family = pm.Normal if df is None else partial(pm.StudentT, nu=df)
        if name not in self.labels:
            return family(f"z_{name}", shape=components)
        label = ("z" if components is None else f"z_{components}") + (f"_t{df:g}" if df else "")
        if label not in self._standard:
            extra = () if components is None else (components,)
            shape = (len(self.labels), *extra)
            dims = ("arm", *(f"component_{count}" for count in extra))
            self._standard[label] = family(label, shape=shape, dims=dims)
        return self._standard[label][self.labels.index(name)]

    def _components(self, parts: list[Any]) -> Any:
        """Components along the last axis: (components,) or (branches, components)."""
        tensors = [pt.as_tensor_variable(part) for part in parts]
        if self.branched is None:
            return pt.stack(tensors)
        return pt.concatenate([self.branched.spread(part) for part in tensors], axis=-1)

    def _check_numbers(self, name: str, values: Sequence[Any]) -> None:
        """Refuse a batch of settings."""
        if any(isinstance(value, np.ndarray) and value.ndim for value in values):
            raise Refused(f"{name}: a batch of settings; NUTS fits one model at a time")


def _single(arm: Arm) -> Arm:
    """The arm, unless it stands for a batch."""
    if arm.batch_shape:
        raise Refused(f"{arm.label}: a batch of data sets; NUTS fits one at a time")
    return arm
