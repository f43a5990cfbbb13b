"""One JSON object on stdout; a value that does not exist is null."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, SupportsFloat


def number(value: SupportsFloat) -> float | None:
    """A number, or None where there is none (NaN, infinite)."""
    plain = float(value)
    return plain if math.isfinite(plain) else None


def as_text(value: Mapping[str, Any], indent: int | None = None) -> str:
    """JSON without anything that is not JSON."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False, indent=indent)
