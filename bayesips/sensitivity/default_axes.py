"""The choices that are tried where a model declares none: what readers ask first."""

from __future__ import annotations

from typing import Any

from bayesips.borrowing import method_name
from bayesips.declare.model import Model
from bayesips.evidence.selection import Evidence, load_evidence
from bayesips.sensitivity.control_axes import declared, prior_parts
from bayesips.sensitivity.history_axes import strata

METHODS = ("map", "pooled", "separate")
WEIGHTS = (0.0, 0.2, 0.5)
FACTORS = (0.5, 1.0, 2.0)  # of the spread between studies
PRIORS = ((1.0, 1.0), (0.5, 0.5))


def axes_of(model: Model) -> dict[str, Any]:
    """The model's own axes, or the default ones."""
    return dict(model.sensitivity) or default_axes(model)


def default_axes(model: Model) -> dict[str, Any]:
    """Method, control set, spread between studies, vague part, treated prior."""
    found: dict[str, Any] = {}
    if model.history:
        found["control.method"] = list(dict.fromkeys((method_name(model.method), *METHODS)))
    if model.evidence is not None and len(model.evidence.known_sets) > 1:
        found["history.control_set"] = _sets(model, model.evidence)
    if ("tau", "scale") in prior_parts(model):
        now = float(declared(model, "tau")[-1])
        found["control.tau.scale"] = [factor * now for factor in FACTORS]
    now = model.robust.weight if model.robust else 0.0
    found["control.robust.weight"] = sorted({*WEIGHTS, float(now)})
    found["treated.prior"] = _priors(model)
    return found


def _sets(model: Model, evidence: Evidence) -> list[str]:
    """Control sets with counts: not the treated arm, strata only for a model about strata."""
    whole = load_evidence(evidence.file)
    found = {name: whole.select(name) for name in whole.known_sets}
    about_strata = bool(strata(evidence))
    return [
        name
        for name, held in found.items()
        if held.labels
        and model.treated.label not in held.labels
        and bool(strata(held)) == about_strata
    ]


def _priors(model: Model) -> list[Any]:
    """The model's own prior, and the usual vague ones."""
    own = model.treated_prior
    if len(own.weights) > 1:
        return [own, *PRIORS]
    return list(dict.fromkeys([(float(own.a[0]), float(own.b[0])), *PRIORS]))
