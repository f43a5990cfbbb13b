"""assess(model) -> DataTree: the one place that names the groups of a result."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

import bayesips
from bayesips.answer import diagnostics
from bayesips.answer.assessment import (
    decisions,
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
from bayesips.answer.assessment.own_controls import own_controls
from bayesips.answer.table import Table
from bayesips.declare.model import Model, load_model
from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.endpoints import endpoint_name
from bayesips.engine.engines import EXACT, Engine

if TYPE_CHECKING:
    import xarray as xr

CHECKS = "diagnostics"
LIBRARIES = ("numpy", "scipy", "xarray")
SAMPLERS = ("pymc", "nutpie", "arviz")


@dataclass(frozen=True, eq=False)
class Assessment:
    """A model answered: every number as plain arrays, of which the tree is one view.

    Attributes
    ----------
    analysis : Analysis
    attrs : dict
        What was asked, of what, by what.
    """

    analysis: Analysis
    attrs: dict[str, Any]

    @cached_property
    def groups(self) -> dict[str, Table]:
        """The groups beside ArviZ's, but for the checks."""
        return _groups(self.analysis)

    @cached_property
    def checks(self) -> Table:
        """Every reason to distrust the result."""
        return diagnostics.checks(self.read_as_tree())

    @property
    def children(self) -> dict[str, Table]:
        """The groups beside ArviZ's, under the name that a tree has for them."""
        return {**self.groups, CHECKS: self.checks}

    def __getitem__(self, name: str) -> Any:
        """A group; of ArviZ's, made when it is asked for."""
        if name == CHECKS:
            return self.checks
        return self.groups[name] if name in self.groups else self.drawn[name]

    @cached_property
    def drawn(self) -> dict[str, xr.Dataset]:
        """ArviZ's groups: draws of posterior and prior, predictive, likelihood and data."""
        from bayesips.answer.assessment import draws

        return draws.groups(self.analysis)

    def read_as_tree(self) -> xr.DataTree:
        """The assessment for what only reads a tree: its groups and columns are read alike."""
        return cast("xr.DataTree", self)

    def tree(self) -> xr.DataTree:
        """Everything in ArviZ's layout, the curves of the figures too."""
        return self._tree

    @cached_property
    def _tree(self) -> xr.DataTree:
        """The tree, made once."""
        import xarray as xr

        own = {**self.children, "curves": curves(self.analysis, _mixture_of(self["control"]))}
        groups = {**self.drawn, **{name: table.dataset() for name, table in own.items()}}
        tree = xr.DataTree.from_dict({f"/{name}": data for name, data in groups.items()})
        tree.attrs = {**self.attrs, "versions": json.dumps(versions(self.attrs["engine"]))}
        return tree


def assessment(model: Model, engine: Engine = EXACT) -> Assessment:
    """Answer a declared model, without xarray.

    Raises
    ------
    Refused, NotSettled
        As `assess`.
    """
    found = analyse(model, engine)
    return Assessment(found, _attributes(found))


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
        outcomes, fragility, comparators, surprise, diagnostics, concurrent where the trial has
        controls of its own, without_robust where the control has a robust part (the answer without
        it), and second_reading where rows that are bounds were read as counts; under the landmark
        endpoint survival (every day), rows (every row against its predictions), left_out, later
        (the treated arm's later rows included) and followed (Kaplan-Meier curves of patients' own
        times). Everything can be written as netCDF.

    Raises
    ------
    Refused
        For a model, engine or seed that cannot be used.
    NotSettled
        If the exact engine has not settled.
    """
    model = model if isinstance(model, Model) else load_model(model)
    settings = Engine(engine, seed, progress=progress, sampler=sampler or {})
    return assessment(model, settings).tree()


def _groups(found: Analysis) -> dict[str, Table]:
    """The groups beside ArviZ's, but for the checks."""
    every, decision = decisions.outcomes(found), decisions.decision(found)
    groups: dict[str, Table | None] = {
        "evidence": history.evidence(found),
        "treated": rates.treated(found),
        "control": rates.control(found),
        "concurrent": own_controls(found),
        "effect": decisions.effect(found),
        "decision": decision,
        "outcomes": every,
        "fragility": decisions.fragility(found, every),
        "comparators": decisions.comparators(found),
        "surprise": decisions.surprise(found),
        "without_robust": decisions.without_robust(found),
        "second_reading": decisions.second_reading(found),
        **_landmark_groups(found, decision["probability"].values),
    }
    return {name: group for name, group in groups.items() if group is not None}


def _landmark_groups(found: Analysis, probability: np.ndarray) -> dict[str, Table | None]:
    """What only survival in time has: every day, every row, without each arm, later rows."""
    if found.landmark is None:
        return {}
    return {
        "later": later_landmarks.group(found.landmark, probability),
        "survival": survival.survival(found.landmark, found.treated),
        "rows": predictive_checks.checks(found.landmark),
        "left_out": survival.left_out(found.landmark, found.treated),
        "followed": patients.curves(found.model.history),
    }


def _mixture_of(control: Table) -> BetaMixture | None:
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
        "endpoint": endpoint_name(model.endpoint),
        "endpoint_settings": repr(model.endpoint),
        **model.words.attributes(),
        "control_set": ", ".join(control_sets(model)),
        "treated": model.treated.label,
        "scale": model.scale,
    }


def versions(engine: str) -> dict[str, str]:
    """Programs that made the numbers, with their versions; those that sampled among them."""
    found = {"bayesips": bayesips.__version__, "python": platform.python_version()}
    used = (*LIBRARIES, *(SAMPLERS if engine == "nuts" else ()))
    return found | {name: metadata.version(name) for name in used}
