"""One JSON object on stdout; a value that does not exist is null."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, SupportsFloat

import numpy as np


def number(value: SupportsFloat) -> float | None:
    """A number, or None where there is none (NaN, infinite)."""
    plain = float(value)
    return plain if math.isfinite(plain) else None


def plain_text(found: object) -> str:
    """JSON of anything in numpy's or Python's kinds; a value that does not exist is null."""
    return json.dumps(_plain(found), ensure_ascii=False, indent=1, allow_nan=False)


def _plain(value: object) -> object:
    """Python's own kinds, without nan."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, np.generic | np.ndarray):
        return _plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def as_text(value: Mapping[str, Any], indent: int | None = None) -> str:
    """JSON without anything that is not JSON."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False, indent=indent)
