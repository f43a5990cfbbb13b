"""How much the answer rests on the bridge: other priors of its shape, and another bridge."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from bayesips.assessment.answer import Engine as EngineSettings
from bayesips.assessment.answer import answer
from bayesips.assessment.distribution import TAILS
from bayesips.effects import prob_greater
from bayesips.endpoints import Landmark
from bayesips.model import Model

# The default is the first; the others are flatter, steeper, surer and less sure.
SHAPES: Mapping[str, tuple[Any, ...]] = {
    "deaths come early (default)": ("lognormal", math.log(0.65), 0.3),
    "earlier still": ("lognormal", math.log(0.5), 0.3),
    "constant hazard": ("lognormal", 0.0, 0.3),
    "shape nearly known": ("lognormal", math.log(0.65), 0.1),
    "shape hardly known": ("lognormal", math.log(0.65), 0.5),
}
PIECEWISE = "piecewise hazards (NUTS)"


def bridge_sensitivity(
    model: Model,
    shapes: Mapping[str, tuple[Any, ...]] = SHAPES,
    *,
    piecewise: bool = False,
    seed: int = 1,
) -> xr.Dataset:
    """Control rate and P(effect > margin) under other bridges.

    Parameters
    ----------
    model : Model
        With the landmark endpoint.
    shapes : mapping of name to prior
        Priors of the Weibull shape, each answered by the exact engine.
    piecewise : bool
        Also the piecewise-constant hazard, by NUTS: tens of seconds.
    seed : int
        Of NUTS.

    Returns
    -------
    Dataset
        Dims bridge and criterion: mean, std, low, high, probability.

    Raises
    ------
    ValueError
        If the model's endpoint is not the landmark endpoint.
    """
    if not isinstance(model.endpoint, Landmark):
        raise ValueError(f"{model.name}: a binary endpoint has no bridge")
    weibull = replace(model.endpoint, bridge="weibull")
    found = {
        name: _line(model, replace(weibull, shape=prior), EngineSettings())
        for name, prior in shapes.items()
    }
    if piecewise:
        other = replace(model.endpoint, bridge="piecewise")
        found[PIECEWISE] = _line(model, other, EngineSettings("nuts", seed))
    columns: dict[str, Any] = {
        name: ("bridge", np.array([line[name] for line in found.values()]))
        for name in ("mean", "std", "low", "high")
    }
    chances = np.array([line["probability"] for line in found.values()])
    columns["probability"] = (("bridge", "criterion"), chances)
    return xr.Dataset(columns, coords={"bridge": list(found)})


def _line(model: Model, endpoint: Landmark, engine: EngineSettings) -> dict[str, Any]:
    """The answer under one bridge."""
    found = answer(replace(model, endpoint=endpoint), engine)
    low, high = found.control.ppf(np.array(TAILS))
    return {
        "mean": float(found.control.mean()),
        "std": float(found.control.std()),
        "low": float(low),
        "high": float(high),
        "probability": prob_greater(found.treated, found.control, found.margins, model.scale),
    }
