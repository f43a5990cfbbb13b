"""Power scaling of priors and likelihood, and prior against posterior, by ArviZ."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from bayesips.errors import Refused

# What the priors of single arms are called besides the top level's: they are the likelihood of
# the hyperparameters, not a prior that anybody chose.
TOP_LEVEL = ("treated_rate", "mu", "tau", "shape", "discount", "mean", "size", "share", "gamma")


def power_scaling(tree: xr.DataTree) -> Any:
    """How the posterior moves when prior or likelihood is raised to a power near 1.

    Only priors at the top of the hierarchy are scaled: the treated rate's own, and those of the
    hyperparameters; the rates of the arms are not choices.

    Parameters
    ----------
    tree : xarray.DataTree
        What `assess` returned.

    Returns
    -------
    pandas.DataFrame
        Of `arviz.psense_summary`: prior, likelihood, diagnosis.

    Raises
    ------
    Refused
        If every such prior is flat: a power of a flat prior is the same prior.

    References
    ----------
    Kallioinen N et al. (2024), Stat Comput 34:57, doi:10.1007/s11222-023-10366-5.
    """
    import arviz as az

    names = _scaled(tree)
    if not names:
        raise Refused(
            "nothing to scale: every prior at the top of the hierarchy is flat, and a power of a "
            "flat prior is the same prior"
        )
    shown = [name for name in tree["posterior"].data_vars if name in _reported(tree)]
    return az.psense_summary(tree, var_names=shown, prior_var_names=names)


def _scaled(tree: xr.DataTree) -> list[str]:
    """Top-level priors that are not flat."""
    group = tree["log_prior"].to_dataset()
    return [
        str(name)
        for name, values in group.data_vars.items()
        if str(name) in TOP_LEVEL and float(np.ptp(values.values)) > 0
    ]


def _reported(tree: xr.DataTree) -> set[str]:
    """Variables a reader asks about."""
    found = {"treated_rate", "control_rate", "effect", *TOP_LEVEL}
    group = tree["posterior"].to_dataset()
    return {
        str(name)
        for name, values in group.data_vars.items()
        if str(name) in found and float(np.ptp(values.values)) > 0  # a known rate does not move
    }


def prior_against_posterior(tree: xr.DataTree) -> xr.Dataset:
    """Mean and sd of the treated rate before and after its data, and how far apart they are.

    Returns
    -------
    xarray.Dataset
        Dim state (prior, posterior): mean, sd; shift: the move of the mean in prior sds;
        contraction: 1 - variance after / variance before (Betancourt 2018).
    """
    both = (tree[group].to_dataset() for group in ("prior", "posterior"))
    draws = [group["treated_rate"].values.ravel() for group in both]
    mean, sd = (np.array([f(values) for values in draws]) for f in (np.mean, np.std))
    return xr.Dataset(
        {
            "mean": ("state", mean),
            "sd": ("state", sd),
            "shift": (mean[1] - mean[0]) / sd[0],
            "contraction": 1 - sd[1] ** 2 / sd[0] ** 2,
        },
        {"state": ["prior", "posterior"]},
    )
