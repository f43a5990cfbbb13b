"""A declared trial, planned: every operating characteristic, exact, in one tree."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesips.planning import characteristics
from bayesips.planning import context_tables as context
from bayesips.planning.nearest import nearest
from bayesips.planning.plan_file import Plan
from bayesips.planning.routes import routes

if TYPE_CHECKING:
    import xarray as xr

VERSIONED = ("numpy", "scipy", "xarray")


def plan_tree(declared: Plan) -> xr.DataTree:
    """Everything that is computed about a plan.

    Parameters
    ----------
    declared : Plan

    Returns
    -------
    xarray.DataTree
        Groups, all over `design` (the candidates): `characteristics` (sizes, error, power,
        certified worst case, expected size), `looks`, `boundaries` (the protocol's table, one row
        a line), `drift` (error and power along the true control rate), `surface` (P(success) over
        both true rates), `verdicts` (go, consider, stop), `routes` (threshold read directly or
        calibrated), `equal_error` (with history and without at the same error), `sweet_spot`,
        `assurance`, `fisher`, `accrual`, `safety`, `nearest`.
    """
    import xarray as xr

    groups = {
        "characteristics": characteristics.overview(declared),
        "looks": characteristics.looks(declared),
        "boundaries": characteristics.boundaries(declared),
        "drift": characteristics.drift(declared),
        "surface": characteristics.surface(declared),
        "verdicts": characteristics.verdicts(declared),
        "routes": routes(declared),
        **context.tables(declared),
    }
    tree = xr.DataTree.from_dict(groups)
    tree.attrs.update(_attributes(declared))
    tree["nearest"] = xr.DataTree(nearest(declared))
    return tree


def _attributes(declared: Plan) -> dict[str, Any]:
    """What the whole tree is about, in text and numbers."""
    belief = declared.belief
    return {
        "plan": declared.name,
        "question": declared.question,
        "digest": declared.digest,
        "arms": 2 if declared.two_arms else 1,
        "scale": declared.scale,
        "alpha": declared.goals.alpha,
        "power": declared.goals.power,
        "treated_rate": declared.truth.treated,
        "control_rate": declared.truth.control,
        "history": belief.label if belief is not None and belief.borrows else "none",
        "method": belief.name if belief is not None else "fixed rate",
        "history_rate": declared.history_rate,
        "history_low": _quantile(declared, 0.025),
        "history_high": _quantile(declared, 0.975),
        "fixed_rate": np.nan if declared.fixed_rate is None else declared.fixed_rate,
        "criteria": "; ".join(
            f"{each.threshold:g} with probability above {each.probability:g}"
            for each in declared.rule.criteria
        ),
        "engine": "exact",
        "versions": json.dumps(_versions()),
    }


def _quantile(declared: Plan, level: float) -> float:
    """Quantile of the control rate by history alone; nan without history."""
    return np.nan if declared.history is None else float(declared.history.ppf(level))


def _versions() -> dict[str, str]:
    """Versions of what computed it."""
    from importlib.metadata import version

    from bayesips import __version__

    return {"bayesips": __version__, **{name: version(name) for name in VERSIONED}}
