"""A borrowing method as the exact engine takes it: unknowns, rates and data, recorded once."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bayesips.distributions.priors import Prior
from bayesips.endpoints import Endpoint
from bayesips.engine.quadrature.student import scale_mixture
from bayesips.errors import Refused
from bayesips.evidence.arm import Arm

Nodes = Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Value:
    """Arithmetic on hyperparameters, evaluated when nodes are known."""

    of: Callable[[Nodes], Any]
    uses: frozenset[str]
    name: str | None = None  # set when the value is a hyperparameter itself
    number: Any = None  # set when it is a number

    def _with(self, other: Any, combine: Callable[[Any, Any], Any], *, swap: bool = False) -> Any:
        """Combine with a number or another value."""
        if isinstance(other, Rate):
            return NotImplemented
        theirs = other if isinstance(other, Value) else constant(other)
        first, second = (theirs, self) if swap else (self, theirs)
        return Value(
            lambda nodes: combine(first.of(nodes), second.of(nodes)), self.uses | theirs.uses
        )

    def __add__(self, other: Any) -> Any:
        return self._with(other, operator.add)

    def __sub__(self, other: Any) -> Any:
        return self._with(other, operator.sub)

    def __mul__(self, other: Any) -> Any:
        return self._with(other, operator.mul)

    def __truediv__(self, other: Any) -> Any:
        return self._with(other, operator.truediv)

    def __pow__(self, other: Any) -> Any:
        return self._with(other, operator.pow)

    def __radd__(self, other: Any) -> Any:
        return self._with(other, operator.add, swap=True)

    def __rsub__(self, other: Any) -> Any:
        return self._with(other, operator.sub, swap=True)

    def __rmul__(self, other: Any) -> Any:
        return self._with(other, operator.mul, swap=True)

    def __rtruediv__(self, other: Any) -> Any:
        return self._with(other, operator.truediv, swap=True)


def constant(number: Any) -> Value:
    """A value that uses no hyperparameter; an array of numbers stands for a batch."""
    if isinstance(number, Value):
        return number
    return Value(lambda _: number, frozenset(), number=number)


@dataclass(eq=False)
class Rate:
    """A rate of the story; `observed` are the arms whose data speak of it."""

    name: str
    observed: list[Arm] = field(default_factory=list)

    def __mul__(self, share: Any) -> Blend:
        return Blend("", parts=[(constant(share), self)])

    __rmul__ = __mul__


@dataclass(eq=False)
class Normal(Rate):
    """Mixture of Normals on the link scale; without scale (None) a value."""

    parts: Sequence[tuple[Value, Value, Value | None]] = ()  # weight, centre, scale


@dataclass(eq=False)
class Beta(Rate):
    """Beta(a, b), updated with the powered likelihoods in `given` and normalised."""

    a: Value = field(default_factory=lambda: constant(1.0))
    b: Value = field(default_factory=lambda: constant(1.0))
    given: Sequence[tuple[Arm, Value]] = ()


@dataclass(eq=False)
class Blend(Rate):
    """A mixture of patients: the share-weighted sum of rates."""

    parts: Sequence[tuple[Value, Rate]] = ()

    def __add__(self, other: Blend) -> Blend:
        return Blend("blend", parts=[*self.parts, *other.parts])


@dataclass(eq=False)
class Story:
    """What a method and its endpoint state: unknowns, rates, data.

    Implements the four verbs of `borrowing.method.Build`.
    """

    endpoint: Endpoint
    hypers: dict[str, Prior] = field(default_factory=dict)
    rates: list[Rate] = field(default_factory=list)
    shape: tuple[Value, ...] = ()
    control: Rate | None = None

    @classmethod
    def of(cls, method: Any, history: Sequence[Arm], endpoint: Endpoint) -> Story:
        """Listen to the endpoint, then to the method."""
        story = cls(endpoint)
        story.shape = endpoint.tell(story) or ()
        story.control = method.tell(story, history)
        return story

    def hyper(self, name: str, prior: Any) -> Value:
        """Note an unknown of the hierarchy."""
        if name in self.hypers:
            raise Refused(f"the story names two unknowns {name!r}")
        self.hypers[name] = Prior.parse(prior)
        return Value(lambda nodes: nodes[name], frozenset([name]), name)

    def rate(
        self,
        name: str,
        centre: Any,
        scale: Any = None,
        weights: Any = None,
        df: float | None = None,
    ) -> Normal:
        """Note a rate, Normal on the link scale; a Student-t is a mixture of Normals."""
        if weights is None:
            weights, centre, scale = [1.0], [centre], [scale]
        given = list(zip(weights, centre, scale, strict=True))
        if df is not None:
            normals = list(zip(*scale_mixture(df), strict=True))
            given = [(w * share, c, s * factor) for w, c, s in given for share, factor in normals]
        parts = [
            (constant(w), constant(c), None if s is None else constant(s))
            for w, c, s in given
            if isinstance(w, Value) or np.any(w)  # a part without weight is no part
        ]
        return self._note(Normal(name, parts=parts))

    def conjugate(self, name: str, a: Any, b: Any, given: Sequence[Any] = ()) -> Beta:
        """Note a rate with a Beta prior."""
        powered = [(arm, constant(weight)) for arm, weight in given]
        return self._note(Beta(name, a=constant(a), b=constant(b), given=powered))

    def observe(self, rate: Rate, arm: Arm) -> None:
        """Note that an arm's data speak of a rate."""
        rate.observed.append(arm)
        if rate not in self.rates:
            self.rates.append(rate)

    def default(self, name: str) -> tuple[Any, ...]:
        """The endpoint's default prior of a hyperparameter."""
        return self.endpoint.defaults[name]

    def link_of(self, rate: Any) -> Any:
        """A rate on the endpoint's link scale."""
        return self.endpoint.scale.from_rate(np.asarray(rate, dtype=float))

    def _note(self, rate: Any) -> Any:
        self.rates.append(rate)
        return rate

    @property
    def arms(self) -> list[Arm]:
        """Every arm the story speaks of."""
        found = [arm for rate in self.rates for arm in rate.observed]
        found += [arm for rate in self.rates if isinstance(rate, Beta) for arm, _ in rate.given]
        return found

    @property
    def locations(self) -> set[str]:
        """Hyperparameters that are centres of rates: they get evenly spaced nodes."""
        normals = [rate for rate in self.rates if isinstance(rate, Normal)]
        return {c.name for rate in normals for _, c, _ in rate.parts if c.name}

    @property
    def shares(self) -> set[str]:
        """Hyperparameters that enter as powers or shares: polynomials, for Gauss-Jacobi nodes."""
        values = [w for rate in self.rates if isinstance(rate, Beta) for _, w in rate.given]
        blends = [rate for rate in [*self.rates, self.control] if isinstance(rate, Blend)]
        values += [share for blend in blends for share, _ in blend.parts]
        return {name for value in values for name in value.uses}

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Batch of the arms' counts, the priors' numbers and the method's settings."""
        shapes = [arm.batch_shape for arm in self.arms]
        shapes += [prior.batch_shape for prior in self.hypers.values()]
        shapes += [np.shape(value.of({})) for value in self._constants()]
        return np.broadcast_shapes(*shapes)

    def _constants(self) -> list[Value]:
        """Values that use no hyperparameter: their arrays are batches."""
        values: list[Value | None] = []
        for rate in self.rates:
            if isinstance(rate, Normal):
                values += [value for part in rate.parts for value in part]
            elif isinstance(rate, Beta):
                values += [rate.a, rate.b, *(weight for _, weight in rate.given)]
        return [value for value in values if value is not None and not value.uses]
