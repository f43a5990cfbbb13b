"""A declared trial, planned: its numbers in one tree, with what they mean in plain words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bayesips.planning.plan_file import Plan, load_plan
from bayesips.planning.tree import plan_tree
from bayesips.report.plan_words import summary

if TYPE_CHECKING:
    import xarray as xr


def plan(design: Plan | str | Path) -> xr.DataTree:
    """Plan a follow-on trial.

    Parameters
    ----------
    design : Plan, str or Path
        A plan, a plan file or a shipped plan's bare name.

    Returns
    -------
    xarray.DataTree
        Groups as in `bayesips.planning.tree.plan_tree`; the attribute `conclusion` says it in
        words.

    Raises
    ------
    PlanError
        If the file cannot be used.
    """
    tree = plan_tree(design if isinstance(design, Plan) else load_plan(design))
    tree.attrs["conclusion"] = summary(tree)
    return tree
