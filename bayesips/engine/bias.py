"""Named biases between history and the trial: independent Normal shifts of the log odds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bayesips.errors import Refused


def total_bias(bias: Any) -> tuple[float, float]:
    """Mean and sd of all named shifts together (they are independent).

    Raises
    ------
    Refused
        If an entry is not (mean, sd) with finite numbers and sd of 0 or more.
    """
    values = bias.values() if isinstance(bias, Mapping) else bias
    entries = [_bias_entry(value) for value in values]
    means, sds = [entry[0] for entry in entries], [entry[1] for entry in entries]
    return float(np.sum(means)), float(np.sqrt(np.sum(np.square(sds))))


def _bias_entry(value: Any) -> tuple[float, float]:
    """Mean and sd of one bias, given as a mapping or as a tuple that ends with them."""
    allowed = "give {name: (mean, sd)} or tuples (name, mean, sd), an sd of 0 or more"
    try:
        mean, sd = (value["mean"], value["sd"]) if isinstance(value, Mapping) else tuple(value)[-2:]
        fine = bool(np.isfinite(mean) and np.isfinite(sd) and sd >= 0)
    except (TypeError, KeyError, ValueError):
        raise Refused(f"a bias is {value!r}; {allowed}") from None
    if not fine:
        raise Refused(f"a bias has mean {mean} and sd {sd}; {allowed}")
    return float(mean), float(sd)


def shifted(distribution: Any, bias: Any) -> Any:
    """The distribution after all biases."""
    mean, sd = total_bias(bias)
    return distribution if mean == 0 and sd == 0 else distribution.shift(mean, sd)
