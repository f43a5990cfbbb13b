"""A number that carries its error and the reason why it is missing."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

# What an estimate is given: the error itself, or how to compute it when it is asked for.
Error = ArrayLike | Callable[[], ArrayLike]


class Estimate(np.float64):
    """A number, and beside it what is known about it.

    Attributes
    ----------
    error : float
        Numerical or Monte Carlo standard error; computed when first asked for.
    reason : str or None
        Why the number is NaN, or what it stands for instead.
    """

    _error: Any
    reason: str | None

    def __new__(cls, value: ArrayLike, error: Error = 0.0, reason: str | None = None) -> Self:
        """A number with its error and reason."""
        found = super().__new__(cls, float(np.asarray(value)))
        found._error, found.reason = error, reason
        return found

    @property
    def error(self) -> float:
        """Numerical or Monte Carlo standard error."""
        if callable(self._error):
            self._error = self._error()
        return float(self._error)

    def __repr__(self) -> str:
        """The number, then what is known about it without further work."""
        known = [float.__repr__(self)]
        known += [] if callable(self._error) else [f"error={float(self._error):.2g}"]
        known += [] if self.reason is None else [f"reason={self.reason!r}"]
        return f"Estimate({', '.join(known)})"

    def __reduce__(self) -> tuple:
        """Pickle the number with what is known about it."""
        return Estimate, (float(self), self.error, self.reason)


class Estimates(np.ndarray):
    """An array of numbers with their errors; whatever is computed from it is a plain array.

    Attributes
    ----------
    error : array of the same shape
        Numerical or Monte Carlo standard errors; computed when first asked for.
    reason : str or None
        Why one of the numbers is NaN, or what they stand for instead.
    """

    _error: Any
    reason: str | None

    def __new__(cls, values: ArrayLike, error: Error = 0.0, reason: str | None = None) -> Self:
        """Numbers with their errors and reason."""
        found = np.array(values, dtype=float).view(cls)
        found._error, found.reason = error, reason
        return found

    def __array_finalize__(self, obj: object) -> None:
        """A view made by numpy knows neither errors nor reason."""
        self._error, self.reason = np.nan, None

    @property
    def error(self) -> NDArray:
        """Numerical or Monte Carlo standard errors."""
        if callable(self._error):
            self._error = self._error()
        return np.broadcast_to(np.asarray(self._error, dtype=float), self.shape)

    def __getitem__(self, index: Any) -> Any:
        """Chosen numbers with their own errors."""
        chosen, missing = np.asarray(self)[index], np.isnan(self)
        of_others = missing.any() and not missing[index].any()
        return estimate(chosen, lambda: self.error[index], None if of_others else self.reason)

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: object, **settings: object
    ) -> Any:
        """Compute with plain arrays."""
        return getattr(ufunc, method)(*_plain(inputs), **_plain(settings))

    def __array_function__(
        self, func: Callable, types: Iterable[type], args: object, kwargs: object
    ) -> Any:
        """Compute with plain arrays."""
        return func(*_plain(args), **_plain(kwargs))

    def __reduce__(self) -> tuple:
        """Pickle the numbers with what is known about them."""
        return Estimates, (np.asarray(self), self.error, self.reason)


def estimate(values: ArrayLike, error: Error = 0.0, reason: str | None = None) -> Any:
    """An `Estimate` of a single number, `Estimates` of an array."""
    made = Estimate if np.ndim(values) == 0 else Estimates
    return made(values, error, reason)


def _plain(given: object) -> Any:
    """Arguments with every array of estimates as a plain array."""
    if isinstance(given, Estimates):
        return given.view(np.ndarray)
    if isinstance(given, tuple | list):
        return type(given)(_plain(each) for each in given)
    if isinstance(given, Mapping):
        return {key: _plain(each) for key, each in given.items()}
    return given
