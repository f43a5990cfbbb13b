"""Priors of hyperparameters, declared as (family, *numbers), for every engine alike."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from bayesips.errors import Refused

LOG_2PI = math.log(2 * math.pi)

# What each family's numbers are called, and which of them must be above 0.
FAMILIES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "normal": (("mean", "sd"), ("sd",)),
    "half_normal": (("scale",), ("scale",)),
    "half_t": (("df", "scale"), ("df", "scale")),
    "half_cauchy": (("scale",), ("scale",)),
    "uniform": (("low", "high"), ()),
    "lognormal": (("mean", "sd"), ("sd",)),
    "exponential": (("rate",), ("rate",)),
    "gamma": (("shape", "rate"), ("shape", "rate")),
    "inverse_gamma": (("shape", "scale"), ("shape", "scale")),
    "beta": (("a", "b"), ("a", "b")),
    "fixed": (("value",), ()),
}
REAL = ("normal", "uniform", "fixed")
POSITIVE = (
    "half_normal",
    "half_t",
    "half_cauchy",
    "uniform",
    "lognormal",
    "exponential",
    "gamma",
    "inverse_gamma",
    "fixed",
)
UNIT = ("beta", "uniform", "fixed")


@dataclass(frozen=True, eq=False)
class Prior:
    """A prior for one hyperparameter.

    Parameters
    ----------
    family : str
        A key of `FAMILIES`, or "mixture".
    numbers : tuple of float or array
        The family's numbers in the order of `FAMILIES`; arrays make a batch. For "mixture":
        pairs (weight, Prior).
    """

    family: str
    numbers: tuple[Any, ...]

    @classmethod
    def parse(cls, declared: Sequence[Any] | Prior) -> Prior:
        """Read ("half_normal", 1) and the like.

        Raises
        ------
        Refused
            If the family is unknown or a number is missing, misplaced or out of range.
        """
        if isinstance(declared, Prior):
            return declared
        if isinstance(declared, str) or not isinstance(declared, Sequence) or not declared:
            raise Refused(
                f'a prior is written as a family and its numbers, as ["half_normal", 1]; '
                f"got {declared!r}"
            )
        family, *numbers = declared
        if family == "mixture":
            return cls._parse_mixture(numbers)
        if not isinstance(family, str) or family not in FAMILIES:
            raise Refused(
                f"unknown prior {family!r}; allowed are {', '.join(FAMILIES)} and mixture"
            )
        return cls(family, tuple(_numbers(family, numbers)))

    @classmethod
    def _parse_mixture(cls, parts: Sequence[Any]) -> Prior:
        """("mixture", [weight, prior], [weight, prior], ...)."""
        if not parts or not all(isinstance(part, Sequence) and len(part) == 2 for part in parts):  # noqa: PLR2004
            raise Refused('a mixture prior is written ["mixture", [weight, prior], ...]')
        weights = np.array([_number("mixture", "weight", part[0]) for part in parts], dtype=float)
        if not np.all(weights > 0) or abs(weights.sum() - 1) > 1e-6:  # noqa: PLR2004
            raise Refused(f"the weights of a mixture prior must be above 0 and sum to 1: {parts}")
        priors = [cls.parse(part[1]) for part in parts]
        return cls("mixture", tuple(zip(weights.tolist(), priors, strict=True)))

    def within(self, allowed: Sequence[str], what: str) -> Prior:
        """This prior, or a Refused that says which families `what` may have."""
        parts = [part for _, part in self.numbers] if self.family == "mixture" else [self]
        for part in parts:
            low = part.numbers[0] if part.family in ("uniform", "fixed") else 0
            if part.family not in allowed or (allowed is not REAL and np.any(np.less(low, 0))):
                raise Refused(f"{what} is {part}; allowed are {', '.join(allowed)} on its range")
        return self

    def __str__(self) -> str:
        """Read as the declaration."""
        if self.family == "mixture":
            return " + ".join(f"{weight:g} {prior}" for weight, prior in self.numbers)
        return f"{self.family}({', '.join(f'{np.asarray(x).ravel()[0]:g}' for x in self.numbers)})"

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch its numbers stand for."""
        if self.family == "mixture":
            return np.broadcast_shapes(*(prior.batch_shape for _, prior in self.numbers))
        return np.broadcast_shapes(*(np.shape(number) for number in self.numbers))

    def logpdf(self, x: np.ndarray) -> np.ndarray:
        """Log density at nodes `x`, shape (*batch_shape, len(x)); 0 at the value if fixed."""
        x = np.asarray(x, dtype=float)
        if self.family == "mixture":
            parts = [math.log(weight) + prior.logpdf(x) for weight, prior in self.numbers]
            return np.logaddexp.reduce(np.broadcast_arrays(*parts), axis=0)
        numbers = [np.asarray(number, dtype=float)[..., None] for number in self.numbers]
        with np.errstate(divide="ignore", invalid="ignore"):
            return _LOG_DENSITY[self.family](x, *numbers)

    def rvs(self, size: int, rng: np.random.Generator) -> np.ndarray:
        """Draws of a single prior (numbers, no arrays), shape (size,)."""
        if self.family == "mixture":
            parts = np.stack([prior.rvs(size, rng) for _, prior in self.numbers])
            which = rng.choice(len(parts), size, p=[weight for weight, _ in self.numbers])
            return parts[which, np.arange(size)]
        return np.asarray(_DRAWS[self.family](rng, size, *self.numbers), dtype=float)


def _numbers(family: str, numbers: Sequence[Any]) -> list[Any]:
    """The family's numbers, each checked."""
    names, positive = FAMILIES[family]
    if len(numbers) != len(names):
        raise Refused(
            f"{family} takes {', '.join(names)}; got {len(numbers)} numbers: {list(numbers)}"
        )
    checked = [_number(family, name, value) for name, value in zip(names, numbers, strict=True)]
    for name, value in zip(names, checked, strict=True):
        if name in positive and np.any(np.asarray(value) <= 0):
            raise Refused(f"{family}: {name} is {value}; it must be above 0")
    if family == "uniform" and np.any(np.asarray(checked[0]) >= np.asarray(checked[1])):
        raise Refused(f"uniform: low is {checked[0]}, high is {checked[1]}; low must be less")
    return checked


def _number(family: str, name: str, value: object) -> Any:
    """A finite number, or an array of them."""
    array = np.asarray(value)
    if array.dtype == bool or not np.issubdtype(array.dtype, np.number):
        raise Refused(f"{family}: {name} is {value!r}; it must be a number")
    if not np.all(np.isfinite(array)):
        raise Refused(f"{family}: {name} is {value!r}; it must be finite")
    return float(array) if array.ndim == 0 else array.astype(float)


def _half_t(x: np.ndarray, df: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Log density of a Student t folded at 0."""
    constant = special.gammaln((df + 1) / 2) - special.gammaln(df / 2) - 0.5 * np.log(df * np.pi)
    inside = constant - np.log(scale) - (df + 1) / 2 * np.log1p((x / scale) ** 2 / df)
    return np.where(x >= 0, inside + math.log(2), -np.inf)


def _uniform(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Log density of a uniform; its two ends belong to it."""
    return np.where((x >= low) & (x <= high), -np.log(high - low), -np.inf)


def _normal(x: np.ndarray, mean: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """Log density of a normal."""
    return -0.5 * ((x - mean) / sd) ** 2 - np.log(sd) - 0.5 * LOG_2PI


_LOG_DENSITY: dict[str, Callable[..., np.ndarray]] = {
    "normal": _normal,
    "half_normal": lambda x, scale: np.where(
        x >= 0, _normal(x, np.zeros(1), scale) + math.log(2), -np.inf
    ),
    "half_t": _half_t,
    "half_cauchy": lambda x, scale: _half_t(x, np.array(1.0), scale),
    "uniform": _uniform,
    "lognormal": lambda x, mean, sd: np.where(
        x > 0, _normal(np.log(np.abs(x)), mean, sd) - np.log(np.abs(x)), -np.inf
    ),
    "exponential": lambda x, rate: np.where(x >= 0, np.log(rate) - rate * x, -np.inf),
    "gamma": lambda x, shape, rate: np.where(
        x >= 0,
        special.xlogy(shape, rate)
        + special.xlogy(shape - 1, np.abs(x))
        - rate * x
        - special.gammaln(shape),
        -np.inf,
    ),
    "inverse_gamma": lambda x, shape, scale: np.where(
        x > 0,
        special.xlogy(shape, scale)
        - (shape + 1) * np.log(np.abs(x))
        - scale / np.abs(x)
        - special.gammaln(shape),
        -np.inf,
    ),
    "beta": lambda x, a, b: np.where(
        (x >= 0) & (x <= 1),
        special.xlogy(a - 1, np.abs(x)) + special.xlog1py(b - 1, -x) - special.betaln(a, b),
        -np.inf,
    ),
    "fixed": lambda x, value: np.where(x == value, 0.0, -np.inf),
}

_DRAWS: dict[str, Callable[..., Any]] = {
    "normal": lambda rng, size, mean, sd: rng.normal(mean, sd, size),
    "half_normal": lambda rng, size, scale: np.abs(rng.normal(0, scale, size)),
    "half_t": lambda rng, size, df, scale: scale * np.abs(rng.standard_t(df, size)),
    "half_cauchy": lambda rng, size, scale: scale * np.abs(rng.standard_cauchy(size)),
    "uniform": lambda rng, size, low, high: rng.uniform(low, high, size),
    "lognormal": lambda rng, size, mean, sd: rng.lognormal(mean, sd, size),
    "exponential": lambda rng, size, rate: rng.exponential(1 / rate, size),
    "gamma": lambda rng, size, shape, rate: rng.gamma(shape, 1 / rate, size),
    "inverse_gamma": lambda rng, size, shape, scale: scale / rng.gamma(shape, 1, size),
    "beta": lambda rng, size, a, b: rng.beta(a, b, size),
    "fixed": lambda _, size, value: np.full(size, value),
}
