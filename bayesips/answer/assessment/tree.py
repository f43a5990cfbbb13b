"""assess(model) -> DataTree: the one place that names the groups of a result."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import xarray as xr

import bayesips
from bayesips.answer import diagnostics
from bayesips.answer.assessment import (
    decisions,
    draws,
    history,
    later_landmarks,
    patients,
    predictive_checks,
    rates,
    survival,
)
from bayesips.answer.assessment.analysis import Analysis, analyse
from bayesips.answer.assessment.comparators import control_sets
from bayesips.answer.assessment.curves import curves
from bayesips.declare.model import Model, load_model
from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.endpoints import endpoint_name
from bayesips.engine.engines import Engine

SAMPLERS = ("pymc", "nutpie", "arviz")


def assess(
    model: Model | str | Path,
    engine: str = "exact",
    seed: int = 1,
    *,
    progress: Callable[[int, int, int], None] | None = None,
    sampler: Mapping[str, Any] | None = None,
) -> xr.DataTree:
    """Answer a declared model.

    Parameters
    ----------
    model : Model, or what `load_model` takes
    engine : {"exact", "nuts"}
        Quadrature, or PyMC's NUTS by nutpie.
    seed : int
        Of all draws; equal seeds give equal trees. The numbers of "exact" do not depend on it.
    progress : callable, optional
        Called while NUTS runs; see `bayesips.engine.nuts.sample`.
    sampler : mapping, optional
        Further settings of `bayesips.engine.nuts.sample` (draws, tune, chains, ...).

    Returns
    -------
    xarray.DataTree
        In ArviZ's layout (posterior, prior, predictive, observed_data, log_likelihood, log_prior,
        for "nuts" sample_stats), beside them evidence, treated, control, effect, curves, decision,
        outcomes, fragility, comparators, surprise, diagnostics, without_robust where the control
        has a robust part (the answer without it), and second_reading where rows
        that are bounds were read as counts; under the landmark endpoint survival (every day), rows
        (every row against its predictions), left_out, later (the
        treated arm's later rows included) and followed (Kaplan-Meier curves of patients' own
        times). Everything can be written as netCDF.

    Raises
    ------
    Refused
        For a model, engine or seed that cannot be used.
    NotSettled
        If the exact engine has not settled.
    """
    model = model if isinstance(model, Model) else load_model(model)
    found = analyse(model, Engine(engine, seed, progress=progress, sampler=sampler or {}))
    groups = {**draws.groups(found), **_own_groups(found)}
    tree = xr.DataTree.from_dict({f"/{name}": data for name, data in groups.items()})
    tree.attrs = _attributes(found)
    tree["diagnostics"] = xr.DataTree(diagnostics.checks(tree))
    return tree


def _own_groups(found: Analysis) -> dict[str, xr.Dataset]:
    """The groups beside ArviZ's."""
    control, every = rates.control(found), decisions.outcomes(found)
    groups = {
        "evidence": history.evidence(found),
        "treated": rates.treated(found),
        "control": control,
        "effect": decisions.effect(found),
        "curves": curves(found, _mixture_of(control)),
        "decision": decisions.decision(found),
        "outcomes": every,
        "fragility": decisions.fragility(found, every),
        "comparators": decisions.comparators(found),
        "surprise": decisions.surprise(found),
    }
    further = {
        "without_robust": decisions.without_robust(found),
        "second_reading": decisions.second_reading(found),
    }
    groups |= {name: group for name, group in further.items() if group is not None}
    if found.landmark is None:
        return groups
    return {**groups, **_landmark_groups(found, groups["decision"]["probability"].values)}


def _landmark_groups(found: Analysis, probability: np.ndarray) -> dict[str, xr.Dataset]:
    """What only survival in time has: every day, every row, without each arm, later rows."""
    assert found.landmark is not None
    groups = {
        "later": later_landmarks.group(found.landmark, probability),
        "survival": survival.survival(found.landmark, found.treated),
        "rows": predictive_checks.checks(found.landmark),
        "left_out": survival.left_out(found.landmark, found.treated),
        "followed": patients.curves(found.model.history),
    }
    return {name: group for name, group in groups.items() if group is not None}


def _mixture_of(control: xr.Dataset) -> BetaMixture | None:
    """The mixture written down in the group of the control."""
    parts = [control[f"mixture_{name}"].to_numpy() for name in ("weights", "a", "b")]
    return BetaMixture(*parts) if parts[0].size else None


def _attributes(found: Analysis) -> dict[str, Any]:
    """What was asked, of what, by what."""
    model = found.model
    return {
        "model": model.name,
        "question": model.question,
        "digest": model.digest,
        "engine": found.engine.name,
        "seed": int(found.engine.seed),
        "versions": json.dumps(versions(found.engine.name)),
        "endpoint": endpoint_name(model.endpoint),
        "endpoint_settings": repr(model.endpoint),
        "landmark_day": np.nan if model.landmark_day is None else float(model.landmark_day),
        "control_set": ", ".join(control_sets(model)),
        "treated": model.treated.label,
        "scale": model.scale,
    }


def versions(engine: str) -> dict[str, str]:
    """Programs that made the numbers, with their versions; those that sampled among them."""
    found = {"bayesips": bayesips.__version__, "python": platform.python_version()}
    found |= {"numpy": np.__version__, "scipy": scipy.__version__, "xarray": xr.__version__}
    samplers = SAMPLERS if engine == "nuts" else ()
    return found | {name: metadata.version(name) for name in samplers}
