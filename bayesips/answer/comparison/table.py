"""What the comparisons share: rows answered side by side, and the Dataset they become."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import xarray as xr

from bayesips.answer.comparison.entries import Entry
from bayesips.borrowing import method_name
from bayesips.declare.model import Model
from bayesips.engine.engines import Engine

# A row shows tenths of a percent; each settles well within them.
TO_TENTHS = Engine(tolerance=1e-5)
# Methods answered at a time.
WORKERS = 4


def side_by_side(
    row_of: Callable[[Entry], tuple[dict, str]], entries: Sequence[Entry]
) -> tuple[dict[str, np.ndarray], list[str]]:
    """Columns and reasons, several methods at a time: most of the work is done outside Python."""
    with ThreadPoolExecutor(min(WORKERS, os.cpu_count() or 1)) as pool:
        rows, reasons = zip(*pool.map(row_of, entries), strict=True)
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}, list(reasons)


def dataset(
    model: Model,
    entries: Sequence[Entry],
    columns: dict[str, np.ndarray],
    status: list[str],
    chance: np.ndarray,
    over: str = "survivors",
) -> xr.Dataset:
    """The rows with names, titles and verdicts.

    Parameters
    ----------
    columns : dict
        Arrays over method, or over method and `over`.
    chance : array, shape (method, over, criterion)
        P(effect > margin).
    over : {"survivors", "controls"}
        Whose counts, from 0 up, are looked at.
    """
    data: dict[str, Any] = {
        name: (("method", over)[: np.ndim(values)], np.asarray(values, float))
        for name, values in columns.items()
    }
    data["probability"] = (("method", over, "criterion"), chance)
    data["met"] = (("method", over), np.all(model.rule.enough(chance), axis=-1))
    data["status"] = ("method", np.array(status, dtype=str))
    for text in ("title", "settings"):
        data[text] = ("method", np.array([getattr(entry, text) for entry in entries], dtype=str))
    coordinates = {
        "method": np.array([entry.name for entry in entries], dtype=str),
        over: np.arange(chance.shape[1]),
        "criterion": np.arange(1, len(model.decisions) + 1),
        "required": ("criterion", model.rule.required),
    }
    return xr.Dataset(data, coords=coordinates, attrs=_attributes(model))


def _attributes(model: Model) -> dict[str, Any]:
    """Which question the table answers."""
    return {
        "model": model.name,
        "declared": method_name(model.method),
        "scale": model.scale,
        "treated": model.treated.label,
        "observed": int(model.treated.successes),
        "treated_n": int(model.treated.n),
        **model.words.attributes(),
    }
