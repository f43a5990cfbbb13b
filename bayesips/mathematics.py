"""The few functions a likelihood is written in, so that every engine can read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special


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


def _numpy_logsumexp(x: np.ndarray) -> np.ndarray:
    """Log of the sum of exponentials over the last axis; -inf for nothing at all."""
    top = np.max(x, axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.log(np.sum(np.exp(x - top), axis=-1)) + top[..., 0]


NUMPY = Mathematics(
    exp=np.exp,
    log=np.log,
    log1p=np.log1p,
    expm1=np.expm1,
    sigmoid=special.expit,
    log_sigmoid=lambda x: -np.logaddexp(0.0, -x),
    logsumexp=_numpy_logsumexp,
    stack=lambda parts: np.stack(np.broadcast_arrays(*parts), axis=-1),
)
