"""The few functions a likelihood is written in, so that every engine can read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

# Logs as far apart as this are held by one floating-point scale.
HOLDS = 600.0


@dataclass(frozen=True)
class Mathematics:
    """Functions of one array library; the PyMC engine has its own (nuts.py)."""

    exp: Callable[[Any], Any]
    log: Callable[[Any], Any]
    log1p: Callable[[Any], Any]
    expm1: Callable[[Any], Any]
    sigmoid: Callable[[Any], Any]
    log_sigmoid: Callable[[Any], Any]
    logsumexp: Callable[[Any], Any]  # over the last axis
    stack: Callable[[list[Any]], Any]  # along a new last axis
    log_product: Callable[[Any, np.ndarray], Any]  # log of exp(x) @ exp(matrix), over the last axis


def _numpy_logsumexp(x: np.ndarray) -> np.ndarray:
    """Log of the sum of exponentials over the last axis; -inf for nothing at all."""
    top = np.max(x, axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore", over="ignore"):
        return np.log(np.sum(np.exp(x - top), axis=-1)) + top[..., 0]


def _numpy_log_product(x: np.ndarray, log_matrix: np.ndarray) -> np.ndarray:
    """Log of exp(x) @ exp(log_matrix), relative accuracy in every entry: (..., B) to (..., A).

    A matrix product where all of a row can be held at once, else every sum by itself.
    """
    flat = x.reshape(-1, x.shape[-1])
    top = flat.max(axis=-1, keepdims=True)
    peaks = log_matrix.max(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        near = np.exp(np.maximum(flat - top, -HOLDS)) @ np.exp(log_matrix - peaks)
        found = np.log(near) + top + peaks
    far = ~(top[:, 0] - flat.min(axis=-1) < HOLDS)
    if far.any():
        columns = [_numpy_logsumexp(flat[far] + column) for column in log_matrix.T]
        found[far] = np.stack(columns, axis=-1)
    return np.asarray(found.reshape(*x.shape[:-1], -1))


def log_add(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Log of exp(a) + exp(b), by functions that work on many numbers at once."""
    top = np.maximum(a, b)
    with np.errstate(invalid="ignore"):
        near = np.log(1.0 + np.exp(-np.abs(a - b)))
    return np.asarray(np.where(np.isneginf(top), top, top + near))


NUMPY = Mathematics(
    exp=np.exp,
    log=np.log,
    log1p=np.log1p,
    expm1=np.expm1,
    sigmoid=special.expit,
    log_sigmoid=lambda x: -np.logaddexp(0.0, -x),
    logsumexp=_numpy_logsumexp,
    stack=lambda parts: np.stack(np.broadcast_arrays(*parts), axis=-1),
    log_product=_numpy_log_product,
)
