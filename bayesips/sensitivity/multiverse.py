"""The multiverse: every combination of defensible choices, answered in one Dataset.

Steegen S et al. (2016), Perspect Psychol Sci 11:702-12, doi:10.1177/1745691616658637.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from bayesips.declare.model import Model
from bayesips.errors import Refused
from bayesips.sensitivity.axes import models_along, read_axes
from bayesips.sensitivity.cells import Cells, Progress, answer_cells
from bayesips.sensitivity.shared_histories import QUANTILES
from bayesips.sensitivity.solutions import Solutions


def vary(
    model: Model,
    axes: Mapping[str, Any] | None = None,
    *,
    progress: Progress | None = None,
    solutions: Solutions | None = None,
) -> xr.Dataset:
    """Answer the model's question under every combination of choices, by the exact engine.

    Parameters
    ----------
    model : Model
    axes : mapping of str to list, optional
        Field of the model and the values it takes; the model's table [sensitivity] if left out.
        Fields: ``control.method`` (names, objects or {"method": name, setting: value}), any
        setting of the method as ``control.tau`` or one number of a prior as ``control.tau.scale``,
        ``control.robust`` and its ``.weight .mean .n``, ``history.control_set``,
        ``history.without`` (labels, None, or the word "each"), ``history.bounds`` ("read",
        "dropped"), ``history.successes.<label>``, ``treated.prior .successes .n``,
        ``treated.prior.n .mean``, ``concurrent.successes .n``, ``bias``,
        ``bias.<name>.mean .sd``, ``endpoint``, ``landmark.bridge`` and other settings of the
        endpoint, ``landmark_day``, ``scale``, ``decision.margin``, ``decision.probability``.
    progress : callable, optional
        Called with (cells done, cells in all).
    solutions : Solutions, optional
        Histories that other analyses of the model have solved; they are not solved again.

    Returns
    -------
    xarray.Dataset
        One dim per axis, in the order given, and `criterion`, `quantile`. Variables:
        control_mean, control_sd, control_quantile, treated_mean, difference (of the means),
        probability, error (its numerical error), margin, required, met, supported (all criteria
        met), arms, settled (the engine answered), reason (why not), repeated (the same analysis
        as an earlier cell, because a choice does not concern it). A cell without an answer is
        kept: NaN, not met, not settled.

    Raises
    ------
    Refused
        For an axis that is no field of the model; the near miss is named.
    """
    chosen = read_axes(model, model.sensitivity if axes is None else axes)
    if not chosen:
        raise Refused("no axes: give some, or declare them in the model's table [sensitivity]")
    models = models_along(model, chosen)
    cells = answer_cells(models, len(model.decisions), progress or silent, solutions or Solutions())
    return _dataset(model, chosen, cells)


def share_supported(data: xr.Dataset) -> float:
    """Share of the distinct, settled cells that support the claim; NaN if there are none."""
    counted = data.settled & ~data.repeated
    total = int(counted.sum())
    return float((data.supported & counted).sum() / total) if total else float("nan")


def silent(done: int, total: int) -> None:
    """No progress is shown."""
    del done, total


def _dataset(model: Model, chosen: list[Any], cells: Cells) -> xr.Dataset:
    """The cells in the shape of their axes."""
    dims = tuple(axis.name for axis in chosen)
    shape = tuple(len(axis.values) for axis in chosen)
    extra = {"control_quantile": "quantile"} | dict.fromkeys(
        ("probability", "error", "margin", "required", "met"), "criterion"
    )
    variables = {}
    for name, values in cells.columns().items():
        last = (extra[name],) if name in extra else ()
        variables[name] = ((*dims, *last), values.reshape(*shape, *values.shape[1:]))
    coords = {axis.name: np.asarray(axis.labels) for axis in chosen}
    coords["criterion"] = np.arange(1, len(model.decisions) + 1)
    coords["quantile"] = np.array(QUANTILES)
    attrs: dict[str, Any] = {
        "model": model.name,
        "question": model.question,
        "digest": model.digest,
    }
    attrs |= {"engine": "exact", "scale": model.scale, "axes": list(dims)}
    attrs |= model.words.attributes()
    return xr.Dataset(variables, coords, attrs)
