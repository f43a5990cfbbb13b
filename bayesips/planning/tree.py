"""A declared trial, planned: every operating characteristic, exact, in one tree."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesips.planning import characteristics
from bayesips.planning import context_tables as context
from bayesips.planning.declared import declared
from bayesips.planning.plan_file import Plan
from bayesips.planning.routes import routes
from bayesips.planning.sizes import sizes

if TYPE_CHECKING:
    import xarray as xr

VERSIONED = ("numpy", "scipy", "xarray")


def plan_tree(plan: Plan) -> xr.DataTree:
    """Everything that is computed about a plan.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    xarray.DataTree
        `declared` (every rule and prior as a formula) and, over `design` (the candidates):
        `characteristics` (sizes, error, power,
        certified worst case, expected size), `looks`, `boundaries` (the protocol's table, one row
        a line), `drift` (error and power along the true control rate), `surface` (P(success) over
        both true rates), `verdicts` (go, consider, stop), `routes` (threshold read directly or
        calibrated), `equal_error` (with history and without at the same error), `sweet_spot`,
        `assurance`, `exact_tests`, `accrual`, `safety`, `nearest`.
    """
    import xarray as xr

    groups = {
        "declared": declared(plan),
        "characteristics": characteristics.overview(plan),
        "looks": characteristics.looks(plan),
        "boundaries": characteristics.boundaries(plan),
        "drift": characteristics.drift(plan),
        "surface": characteristics.surface(plan),
        "verdicts": characteristics.verdicts(plan),
        "routes": routes(plan),
        **context.tables(plan),
    }
    groups["sizes"], groups["nearest"] = sizes(plan)
    tree = xr.DataTree.from_dict(groups)
    tree.attrs.update(_attributes(plan))
    return tree


def _attributes(plan: Plan) -> dict[str, Any]:
    """What the whole tree is about, in text and numbers."""
    belief = plan.belief
    return {
        "plan": plan.name,
        "question": plan.question,
        "digest": plan.digest,
        "arms": 2 if plan.two_arms else 1,
        "scale": plan.scale,
        "alpha": plan.goals.alpha,
        "power": plan.goals.power,
        "treated_rate": plan.truth.treated,
        "control_rate": plan.truth.control,
        "history": belief.label if belief is not None and belief.borrows else "none",
        "method": belief.name if belief is not None else "fixed rate",
        "history_rate": plan.history_rate,
        "history_low": _quantile(plan, 0.025),
        "history_high": _quantile(plan, 0.975),
        "fixed_rate": np.nan if plan.fixed_rate is None else plan.fixed_rate,
        "engine": "exact",
        "versions": json.dumps(_versions()),
    }


def _quantile(plan: Plan, level: float) -> float:
    """Quantile of the control rate by history alone; nan without history."""
    return np.nan if plan.history is None else float(plan.history.ppf(level))


def _versions() -> dict[str, str]:
    """Versions of what computed it."""
    from importlib.metadata import version

    from bayesips import __version__

    return {"bayesips": __version__, **{name: version(name) for name in VERSIONED}}
