"""Checks of counts and weights, and indexing of batch axes, shared by the distributions."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesips.errors import Refused


def checked_counts(successes: ArrayLike, n: ArrayLike) -> tuple[Any, Any]:
    """Counts as two whole numbers or as float arrays with a last axis of length 1.

    Raises
    ------
    Refused
        Naming the value that is negative, not whole, or more successes than patients.
    """
    if isinstance(successes, int) and isinstance(n, int) and 0 <= successes <= n:
        return successes, n
    successes, n = np.asarray(successes, float), np.asarray(n, float)
    for name, values in (("successes", successes), ("n", n)):
        wrong = ~(values >= 0) | (values != np.floor(values)) | np.isinf(values)
        if wrong.any():
            raise Refused(f"{name} must be whole and at least 0, not {values[wrong].flat[0]:g}")
    if (successes > n).any():
        too_many = np.broadcast_to(successes > n, np.broadcast_shapes(successes.shape, n.shape))
        given = [np.broadcast_to(x, too_many.shape)[too_many].flat[0] for x in (successes, n)]
        raise Refused(f"{given[0]:g} successes among {given[1]:g} patients")
    return successes[..., None], n[..., None]


def checked_weight(weight: ArrayLike) -> NDArray:
    """A mixing weight as an array, or Refused naming the value outside [0, 1]."""
    weight = np.asarray(weight, float)
    wrong = ~((weight >= 0) & (weight <= 1))
    if wrong.any():
        raise Refused(f"a mixing weight lies between 0 and 1, not {weight[wrong].flat[0]:g}")
    return weight


def take(parameters: NDArray, index: Any) -> NDArray:
    """Index the batch axes of (*batch, last) parameters, keeping the last axis."""
    index = index if isinstance(index, tuple) else (index,)
    if any(each is Ellipsis for each in index):
        index = (*index, slice(None))
    return parameters[index]


def checked_size(n: float) -> int:
    """A number of patients as an int, or Refused naming the value."""
    if n != int(n) or n < 0:
        raise Refused(f"n must be whole and at least 0, not {n}")
    return int(n)


def look_up(table: NDArray, index: NDArray) -> NDArray:
    """Entries of (*batch, last) tables at an index that broadcasts against the batch."""
    if table.ndim == 1:
        return table[index]
    shape = np.broadcast_shapes(np.shape(index), table.shape[:-1])
    index = np.broadcast_to(index, shape)[..., None]
    return np.take_along_axis(np.broadcast_to(table, (*shape, table.shape[-1])), index, -1)[..., 0]


def inside(x: ArrayLike) -> NDArray:
    """Rates moved into [0, 1], with an axis for the components."""
    return np.clip(np.asarray(x, float), 0, 1)[..., None]


def log_nowhere(x: ArrayLike) -> NDArray:
    """Log density outside [0, 1]: minus infinity, or NaN for what is no number."""
    return np.where(np.isnan(np.asarray(x, float)), np.nan, -np.inf)
