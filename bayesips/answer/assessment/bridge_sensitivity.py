"""How much the answer rests on the bridge: other priors of its shape, and another bridge."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from bayesips.answer import diagnostics
from bayesips.answer.assessment.analysis import Analysis, analyse
from bayesips.answer.assessment.decisions import decision
from bayesips.answer.assessment.distribution import summary
from bayesips.declare.model import Model
from bayesips.endpoints import Landmark
from bayesips.engine.engines import EXACT, Engine
from bayesips.errors import NotSettled, Refused

# The default is the first; the others are flatter, steeper, surer and less sure.
SHAPES: Mapping[str, tuple[Any, ...]] = {
    "deaths come early (default)": ("lognormal", math.log(0.65), 0.3),
    "earlier still": ("lognormal", math.log(0.5), 0.3),
    "constant hazard": ("lognormal", 0.0, 0.3),
    "shape nearly known": ("lognormal", math.log(0.65), 0.1),
    "shape hardly known": ("lognormal", math.log(0.65), 0.5),
}
DECLARED = "as declared"
PIECEWISE = "piecewise hazards (NUTS)"
# At 0.97 two arms gave a divergence; so many draws bring the error of P below 0.005 for twelve.
SAMPLER: Mapping[str, Any] = {"draws": 2000, "target_accept": 0.99}
NUMBERS = ("mean", "std", "low", "high", "mean_error")
OF_RULE = {"required": "required", "margin": "margins"}
OF_RUN = ("r_hat", "ess_bulk", "ess_tail", "divergences")


def bridge_sensitivity(
    model: Model,
    shapes: Mapping[str, tuple[Any, ...]] = SHAPES,
    *,
    piecewise: bool = False,
    seed: int = 1,
    progress: Callable[[int, int, int], None] | None = None,
    sampler: Mapping[str, Any] = SAMPLER,
) -> xr.Dataset:
    """Control rate and P(effect > margin) under other bridges.

    Parameters
    ----------
    model : Model
        With the landmark endpoint.
    shapes : mapping of name to prior
        Priors of the Weibull shape, each answered by the exact engine. A model that declares
        another one has it as the first line.
    piecewise : bool
        Also the piecewise-constant hazard, by NUTS: tens of seconds.
    seed : int
        Of NUTS.
    progress, sampler
        See `bayesips.engine.nuts.sample`.

    Returns
    -------
    Dataset
        Dims bridge and criterion: mean, std, low, high of the control, mean_error; probability,
        error (numerical, or the Monte Carlo standard error), met; engine; r_hat, ess_bulk,
        ess_tail, divergences of NUTS; reason. A line that cannot be trusted or has no answer is
        kept: NaN, and `reason` says why.

    Raises
    ------
    Refused
        If the model's endpoint is not the landmark endpoint.
    """
    if not isinstance(model.endpoint, Landmark):
        raise Refused(
            f"{model.name}: a binary endpoint has no bridge; sensitivity to it needs a model with "
            'endpoint = "landmark"'
        )
    weibull = replace(model.endpoint, bridge="weibull")
    known = weibull.shape in shapes.values()
    priors = {**({} if known else {DECLARED: weibull.shape}), **shapes}
    found = {
        name: _line(model, replace(weibull, shape=prior), EXACT) for name, prior in priors.items()
    }
    if piecewise:
        sampled = Engine("nuts", seed, progress=progress, sampler=sampler)
        found[PIECEWISE] = _line(model, replace(weibull, bridge="piecewise"), sampled)
    return _table(model, found)


def _line(model: Model, endpoint: Landmark, engine: Engine) -> dict[str, Any]:
    """The answer under one bridge, or why there is none."""
    try:
        found = analyse(replace(model, endpoint=endpoint), engine)
    except (Refused, NotSettled) as error:
        return _without(model, engine, str(error))
    group = decision(found)
    line = {"engine": engine.name, **summary(found.control), **_of_chains(found)}
    line |= {name: group[name].to_numpy() for name in ("probability", "error")}
    reason = _distrust(found, line)
    measured = {name: line[name] for name in OF_RUN}
    return {**_without(model, engine, reason), **measured} if reason else {**line, "reason": ""}


def _without(model: Model, engine: Engine, reason: str) -> dict[str, Any]:
    """A line without an analysis."""
    none = np.full(len(model.decisions), np.nan)
    numbers = dict.fromkeys((*NUMBERS, *OF_RUN), np.nan)
    return {
        "engine": engine.name, **numbers, "probability": none, "error": none, "reason": reason,
    }  # fmt: skip


def _of_chains(found: Analysis) -> dict[str, float]:
    """Error of the control's mean, and what the run says of itself; NaN where none was needed."""
    drawn = found.drawn
    if found.chains is None or drawn is None:
        return {**dict.fromkeys(OF_RUN, np.nan), "mean_error": float(found.control.error)}
    worst = json.loads(found.chains.attrs["diagnostics"])
    measured = {name: worst.get(name, np.nan) for name in OF_RUN}
    return {**measured, "mean_error": drawn.error(lambda rates: rates)}


def _distrust(found: Analysis, line: Mapping[str, Any]) -> str:
    """Why a run of NUTS is not to be trusted; empty where it is."""
    if found.chains is None:
        return ""
    worst = json.loads(found.chains.attrs["diagnostics"])
    checks = list(diagnostics.of_run(worst, found.chains["posterior"].sizes["chain"]))
    limit = diagnostics.MONTE_CARLO_ERROR
    error = float(np.max(line["error"]))
    checks.append(diagnostics.Check("error of P", error, limit, True, "Run more draws."))
    return "; ".join(
        f"{check.name} {check.value:.4g}, allowed {check.limit:.4g}. {check.advice}"
        for check in checks
        if not check.passed
    )


def _table(model: Model, found: Mapping[str, Mapping[str, Any]]) -> xr.Dataset:
    """The lines as one Dataset."""
    columns: dict[str, Any] = {
        name: ("bridge", np.array([line[name] for line in found.values()]))
        for name in (*NUMBERS, *OF_RUN, "engine", "reason")
    }
    for name in ("probability", "error"):
        columns[name] = (("bridge", "criterion"), np.array([x[name] for x in found.values()]))
    verdict = model.rule.enough(columns["probability"][1])
    columns["met"] = (("bridge", "criterion"), verdict)
    treated = summary(model.treated_posterior)
    columns |= {f"treated_{name}": value for name, value in treated.items()}
    coords = {"bridge": list(found), "criterion": np.arange(1, len(model.decisions) + 1)}
    columns |= {name: ("criterion", getattr(model.rule, of)) for name, of in OF_RULE.items()}
    about = {"model": model.name, "scale": model.scale, "treated": model.treated.label}
    return xr.Dataset(columns, coords=coords, attrs=about)
