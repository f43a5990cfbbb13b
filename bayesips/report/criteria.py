"""The decisions of a result, in words."""

from __future__ import annotations

from typing import Any

import xarray as xr

from bayesips.report.rates import number
from bayesips.report.wording import probability, signed


def criteria(tree: xr.DataTree) -> list[dict[str, Any]]:
    """The decisions, in words."""
    table, scale = tree["decision"].to_dataset(), tree.attrs["scale"]
    found = []
    for position in range(table.sizes["criterion"]):
        one = table.isel(criterion=position)
        value, required = float(one["probability"]), float(one["required"])
        margin = float(one["margin"])
        found.append(
            {
                "claim": _claim(scale, margin),
                "short": f"P({scale_in_words(scale)} > {_margin(scale, margin)})",
                "required": f"{100 * required:g} %",
                "probability": probability(value, required),
                "error": number(one["error"]),
                "met": bool(one["met"]),
            }
        )
    return found


def scale_in_words(scale: str) -> str:
    """A scale in words."""
    return scale.replace("_", " ")


def effect_in_words(scale: str, value: Any) -> str:
    """An effect in words."""
    size = float(value)
    return f"{signed(100 * size, 0)} points" if scale == "difference" else f"{size:.2g}"


def _claim(scale: str, margin: float) -> str:
    """What a criterion claims."""
    if margin == (0.0 if scale == "difference" else 1.0):
        return "survival is higher with the treatment"
    return f"the {scale_in_words(scale)} of survival is more than {_margin(scale, margin)}"


def _margin(scale: str, margin: float) -> str:
    """A margin in words."""
    return f"{100 * margin:g} points" if scale == "difference" and margin else f"{margin:g}"
