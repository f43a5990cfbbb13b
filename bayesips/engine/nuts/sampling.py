"""Draws from a PyMC model by nutpie, every setting explicit, and the reasons to distrust them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import arviz as az
import numpy as np
import nutpie
import pymc as pm
import pytensor
import xarray as xr

from bayesips import __version__

# nutpie's names -> ArviZ's; without them `az.diagnose` passes over the tree depth in silence.
STATISTICS = {
    "maxdepth_reached": "reached_max_treedepth",
    "depth": "tree_depth",
    "mean_tree_accept": "acceptance_rate",
}
PROGRESS_EVERY = 100  # milliseconds

Progress = Callable[[int, int, int], None]  # draws done, draws in all, divergences


def sample(
    model: pm.Model,
    *,
    seed: int,
    draws: int = 1000,
    tune: int = 1000,
    chains: int = 4,
    cores: int = 2,
    target_accept: float = 0.99,
    progress: Progress | None = None,
) -> xr.DataTree:
    """Sample a model.

    Equal seeds give equal draws, also in another process and on another number of cores: numba's
    fastmath is off. A model without unknowns is drawn from directly.

    Parameters
    ----------
    model : pm.Model
    seed : int
    draws, tune, chains, cores : int
        Draws kept and discarded per chain; chains; chains run at a time.
    target_accept : float
        Mean acceptance at which the step size settles.
    progress : callable, optional
        Called about ten times a second with (draws done, draws in all, divergences); it runs on
        another thread.

    Returns
    -------
    xarray.DataTree
        ArviZ layout: posterior, sample_stats, observed_data. `diagnose` says whether to trust it.
    """
    with pytensor.config.change_flags(numba__fastmath=False):
        if not model.free_RVs:
            tree = _drawn_directly(model, seed, draws, chains)
        else:
            tree = nutpie.sample(
                nutpie.compile_pymc_model(model),
                draws=draws,
                tune=tune,
                chains=chains,
                cores=cores,
                seed=seed,
                target_accept=target_accept,
                progress_bar=False,
                progress_callback=_callback(progress),
                progress_rate=PROGRESS_EVERY,
                save_warmup=False,
            )
            tree["sample_stats"] = tree["sample_stats"].dataset.rename(STATISTICS)
    _add_observed(tree, model)
    settings = {"draws": draws, "tune": tune, "chains": chains, "target_accept": target_accept}
    tree.attrs.update(engine="nuts", seed=seed, bayesips_version=__version__, **settings)
    tree.attrs["diagnostics"] = json.dumps(diagnose(tree))
    return tree


def diagnose(tree: xr.DataTree) -> dict[str, float]:
    """The worst figures of a run, over all unknowns that vary.

    Returns
    -------
    dict
        `r_hat` (largest), `ess_bulk`, `ess_tail` (smallest), `divergences`, `tree_depth`
        (trajectories stopped at the largest depth), `e_bfmi` (smallest). Those of a sampler are
        missing where none was needed.
    """
    posterior = tree.posterior.dataset
    varying = posterior.max(("chain", "draw")) > posterior.min(("chain", "draw"))
    names = [name for name in posterior if bool(varying[name].any())]
    found = {}
    if names:
        measures = {
            "r_hat": (az.rhat(tree, var_names=names), np.max),
            "ess_bulk": (az.ess(tree, var_names=names, method="bulk"), np.min),
            "ess_tail": (az.ess(tree, var_names=names, method="tail"), np.min),
        }
        for measure, (values, worst) in measures.items():
            found[measure] = float(
                worst([worst(values[name].values[varying[name].values]) for name in names])
            )
    if "sample_stats" in tree.children:
        _, report = az.diagnose(
            tree, var_names=names, return_diagnostics=True, show_diagnostics=False
        )
        found["divergences"] = float(report["divergent"]["n_divergent"])
        found["tree_depth"] = float(report["treedepth"]["n_max"])
        found["e_bfmi"] = float(np.min(report["bfmi"]["bfmi_values"]))
    return found


def _drawn_directly(model: pm.Model, seed: int, draws: int, chains: int) -> xr.DataTree:
    """Draws of a model in which nothing is unknown."""
    named = {each.name: each for each in model.deterministics}
    values = pm.draw(list(named.values()), draws=chains * draws, random_seed=seed)
    dims = {name: list(model.named_vars_to_dims.get(name, ())) for name in named}
    coords = {name: list(values) for name, values in model.coords.items() if values is not None}
    split = {
        name: value.reshape(chains, draws, *value.shape[1:])
        for name, value in zip(named, values, strict=True)
    }
    return az.from_dict({"posterior": split}, dims=dims, coords=coords)


def _add_observed(tree: xr.DataTree, model: pm.Model) -> None:
    """The observed counts, as `pm.sample` would keep them."""
    observed = {
        each.name: (model.named_vars_to_dims[each.name], model.rvs_to_values[each].data)
        for each in model.observed_RVs
    }
    coords = {dim: list(model.coords[dim]) for dims, _ in observed.values() for dim in dims}
    if observed:
        tree["observed_data"] = xr.DataTree(xr.Dataset(observed, coords=coords))


def _callback(progress: Progress | None) -> Callable[[Any], None] | None:
    """What nutpie calls with the state of its chains, from what we are asked to call."""
    if progress is None:
        return None

    def report(chains: Any) -> None:
        progress(
            sum(chain.finished_draws for chain in chains),
            sum(chain.total_draws for chain in chains),
            sum(chain.divergences for chain in chains),
        )

    return report
