"""Draws of an analysis in ArviZ's layout: of the exact distributions, or the chains of NUTS."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from scipy import special

from bayesips.answer.assessment.analysis import Analysis
from bayesips.distributions.effects.scales import scale_named
from bayesips.evidence.arm import Arm

CHAINS, DRAWS = 4, 1000
# What a run of NUTS says of itself.
RUN = ("diagnostics", "draws", "tune", "chains", "target_accept")
# Independent streams of random numbers.
SEPARATE = {"treated": 1, "control": 2, "prior": 3, "replicates": 4, "prior_replicates": 5}


def groups(analysis: Analysis) -> dict[str, xr.Dataset]:
    """The groups that ArviZ knows: posterior, prior, predictive, likelihood and data."""
    posterior = _posterior(analysis)
    shape = (posterior.sizes["chain"], posterior.sizes["draw"])
    prior = _prior(analysis, shape)
    treated = posterior["treated_rate"].to_numpy()
    found = {
        "posterior": posterior,
        "prior": prior,
        "posterior_predictive": _replicates(analysis, treated, "replicates"),
        "prior_predictive": _replicates(
            analysis, prior["treated_rate"].to_numpy(), "prior_replicates"
        ),
        "observed_data": _observed(analysis),
        "log_likelihood": _log_likelihood(analysis.model.treated, treated, "treated"),
        "log_prior": _dataset({"treated_rate": analysis.model.treated_prior.logpdf(treated)}),
    }
    if (own := analysis.model.concurrent) is not None:
        logs = _log_likelihood(own, posterior["control_rate"].to_numpy(), "concurrent")
        found["log_likelihood"] = found["log_likelihood"].merge(logs)
    if analysis.chains is not None and "sample_stats" in analysis.chains.children:
        found["sample_stats"] = _statistics(analysis.chains["sample_stats"].to_dataset())
    return found


def _statistics(statistics: xr.Dataset) -> xr.Dataset:
    """The sampler's own figures; messages that are missing become empty texts, for the file."""
    texts = {
        name: (values.dims, np.array([x or "" for x in values.to_numpy().ravel()], dtype=str))
        for name, values in statistics.items()
        if values.dtype == object
    }
    shaped = {
        name: (dims, text.reshape(statistics[name].shape)) for name, (dims, text) in texts.items()
    }
    return statistics.assign(shaped)


def generator(analysis: Analysis, purpose: str) -> np.random.Generator:
    """Independent random numbers for each purpose."""
    return np.random.default_rng([int(analysis.engine.seed), SEPARATE[purpose]])


def _posterior(analysis: Analysis) -> xr.Dataset:
    """Independent draws of the exact distributions, or the chains."""
    if analysis.chains is not None:
        chains = analysis.chains["posterior"].to_dataset()
        run = {name: analysis.chains.attrs[name] for name in RUN if name in analysis.chains.attrs}
        return chains.assign_attrs(inference_library="nutpie", sampling="chains", **run)
    shape = (CHAINS, DRAWS)
    treated = analysis.treated.rvs(shape, rng=generator(analysis, "treated"))
    control = analysis.control.rvs(shape, rng=generator(analysis, "control"))
    drawn = {"treated_rate": treated, "control_rate": control}
    with np.errstate(divide="ignore"):
        drawn["effect"] = scale_named(analysis.model.scale).effect(treated, control)
    attributes = {"inference_library": "bayesips", "sampling": "independent draws"}
    return _dataset(drawn).assign_attrs(attributes)


def _prior(analysis: Analysis, shape: tuple[int, int]) -> xr.Dataset:
    """Draws of the treated rate before the trial."""
    rates = analysis.model.treated_prior.rvs(shape, rng=generator(analysis, "prior"))
    return _dataset({"treated_rate": rates})


def _replicates(analysis: Analysis, rates: np.ndarray, purpose: str) -> xr.Dataset:
    """Successes among as many patients, one count for each draw."""
    treated = analysis.model.treated
    counts = generator(analysis, purpose).binomial(treated.n, np.clip(rates, 0, 1))
    return _counts(treated, counts, "treated")


def _observed(analysis: Analysis) -> xr.Dataset:
    """The counts of the trial's arms."""
    model, found = analysis.model, xr.Dataset()
    for name, arm in (("treated", model.treated), ("concurrent", model.concurrent)):
        if arm is not None:
            dim, counts = f"{name}_arm", np.array([arm.successes])
            found = found.assign_coords({dim: [arm.label]})
            found = found.assign({f"{name}_successes": (dim, counts)})
    return found


def _log_likelihood(arm: Arm, rates: np.ndarray, name: str) -> xr.Dataset:
    """Log probability of an arm's successes at each draw of its rate."""
    r, n = arm.successes, arm.n
    choices = -special.betaln(r + 1, n - r + 1) - np.log1p(n)
    logs = choices + special.xlogy(r, rates) + special.xlog1py(n - r, -rates)
    return _counts(arm, logs, name)


def _counts(arm: Arm, values: np.ndarray, name: str) -> xr.Dataset:
    """One value of an arm for each draw."""
    dim = f"{name}_arm"
    coordinates = {**_axes(values.shape), dim: [arm.label]}
    return xr.Dataset(
        {f"{name}_successes": (("chain", "draw", dim), values[..., None])}, coords=coordinates
    )


def _dataset(values: dict[str, np.ndarray]) -> xr.Dataset:
    """Variables of one number for each draw."""
    shape = next(iter(values.values())).shape
    data = {name: (("chain", "draw"), value) for name, value in values.items()}
    return xr.Dataset(data, coords=_axes(shape))


def _axes(shape: tuple[int, ...]) -> dict[str, Any]:
    """Coordinates of chains and draws."""
    return {"chain": np.arange(shape[0]), "draw": np.arange(shape[1])}
