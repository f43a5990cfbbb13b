"""The functions a likelihood is written in, for PyTensor."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import disconnected_grad

from bayesips.distributions.link import Link
from bayesips.distributions.mathematics import Mathematics


def _logsumexp(x: Any) -> Any:
    """Log of the sum of exponentials over the last axis, by its largest term."""
    top = disconnected_grad(pt.max(x, axis=-1, keepdims=True))
    return pt.log(pt.sum(pt.exp(x - top), axis=-1)) + top[..., 0]


def _stack(parts: list[Any]) -> Any:
    """Stack along a new last axis."""
    return pt.stack(pt.broadcast_arrays(*parts), axis=-1)


def _log_product(x: Any, log_matrix: np.ndarray) -> Any:
    """Log of exp(x) @ exp(log_matrix), every sum by itself."""
    return _logsumexp(x[..., None, :] + log_matrix.T)


PYTENSOR = Mathematics(
    exp=pt.exp,
    log=pt.log,
    log1p=pt.log1p,
    expm1=pt.expm1,
    sigmoid=pt.sigmoid,
    log_sigmoid=lambda x: -pt.softplus(-x),
    logsumexp=_logsumexp,
    stack=_stack,
    log_product=_log_product,
)


def on_link(theta: Any, link: Link) -> Any:
    """A rate's value on the link scale."""
    if link.name == "logit":
        return pt.log(theta) - pt.log1p(-theta)
    return pt.log(-pt.log(theta))


def rate_of(eta: Any, link: Link) -> Any:
    """The rate at a value on the link scale."""
    return pt.exp(link.log_rate(eta, PYTENSOR))
