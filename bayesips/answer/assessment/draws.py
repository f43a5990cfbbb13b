"""Draws of the answer in ArviZ's layout: of the exact distributions, or the chains of NUTS."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from scipy import special

from bayesips.answer.assessment.answer import Answer
from bayesips.distributions.effects.scales import scale_named

CHAINS, DRAWS = 4, 1000
# What a run of NUTS says of itself.
RUN = ("diagnostics", "draws", "tune", "chains", "target_accept")
# Independent streams of random numbers.
SEPARATE = {"treated": 1, "control": 2, "prior": 3, "replicates": 4, "prior_replicates": 5}


def groups(answer: Answer) -> dict[str, xr.Dataset]:
    """The groups that ArviZ knows: posterior, prior, predictive, likelihood and data."""
    posterior = _posterior(answer)
    shape = (posterior.sizes["chain"], posterior.sizes["draw"])
    prior = _prior(answer, shape)
    treated = posterior["treated_rate"].to_numpy()
    found = {
        "posterior": posterior,
        "prior": prior,
        "posterior_predictive": _replicates(answer, treated, "replicates"),
        "prior_predictive": _replicates(
            answer, prior["treated_rate"].to_numpy(), "prior_replicates"
        ),
        "observed_data": _observed(answer),
        "log_likelihood": _log_likelihood(answer, treated),
        "log_prior": _dataset({"treated_rate": answer.model.treated_prior.logpdf(treated)}),
    }
    if answer.chains is not None and "sample_stats" in answer.chains.children:
        found["sample_stats"] = _statistics(answer.chains["sample_stats"].to_dataset())
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


def generator(answer: Answer, purpose: str) -> np.random.Generator:
    """Independent random numbers for each purpose."""
    return np.random.default_rng([int(answer.engine.seed), SEPARATE[purpose]])


def _posterior(answer: Answer) -> xr.Dataset:
    """Independent draws of the exact answer, or the chains."""
    if answer.chains is not None:
        chains = answer.chains["posterior"].to_dataset()
        run = {name: answer.chains.attrs[name] for name in RUN if name in answer.chains.attrs}
        return chains.assign_attrs(inference_library="nutpie", sampling="chains", **run)
    shape = (CHAINS, DRAWS)
    treated = answer.treated.rvs(shape, rng=generator(answer, "treated"))
    control = answer.control.rvs(shape, rng=generator(answer, "control"))
    drawn = {"treated_rate": treated, "control_rate": control}
    with np.errstate(divide="ignore"):
        drawn["effect"] = scale_named(answer.model.scale).effect(treated, control)
    attributes = {"inference_library": "bayesips", "sampling": "independent draws"}
    return _dataset(drawn).assign_attrs(attributes)


def _prior(answer: Answer, shape: tuple[int, int]) -> xr.Dataset:
    """Draws of the treated rate before the trial."""
    rates = answer.model.treated_prior.rvs(shape, rng=generator(answer, "prior"))
    return _dataset({"treated_rate": rates})


def _replicates(answer: Answer, rates: np.ndarray, purpose: str) -> xr.Dataset:
    """Survivors among as many patients, one count for each draw."""
    counts = generator(answer, purpose).binomial(answer.model.treated.n, np.clip(rates, 0, 1))
    return _counts(answer, counts)


def _observed(answer: Answer) -> xr.Dataset:
    """The treated survivors."""
    label = [answer.model.treated.label]
    data = {"treated_successes": ("treated_arm", np.array([answer.model.treated.successes]))}
    return xr.Dataset(data, coords={"treated_arm": label})


def _log_likelihood(answer: Answer, rates: np.ndarray) -> xr.Dataset:
    """Log probability of the treated survivors at each draw."""
    r, n = answer.model.treated.successes, answer.model.treated.n
    choices = -special.betaln(r + 1, n - r + 1) - np.log1p(n)
    return _counts(answer, choices + special.xlogy(r, rates) + special.xlog1py(n - r, -rates))


def _counts(answer: Answer, values: np.ndarray) -> xr.Dataset:
    """One value of the treated arm for each draw."""
    dims = ("chain", "draw", "treated_arm")
    coordinates = {**_axes(values.shape), "treated_arm": [answer.model.treated.label]}
    return xr.Dataset({"treated_successes": (dims, values[..., None])}, coords=coordinates)


def _dataset(values: dict[str, np.ndarray]) -> xr.Dataset:
    """Variables of one number for each draw."""
    shape = next(iter(values.values())).shape
    data = {name: (("chain", "draw"), value) for name, value in values.items()}
    return xr.Dataset(data, coords=_axes(shape))


def _axes(shape: tuple[int, ...]) -> dict[str, Any]:
    """Coordinates of chains and draws."""
    return {"chain": np.arange(shape[0]), "draw": np.arange(shape[1])}
