"""The two rates: what is written down of the treated and of the control."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayesips.answer.assessment.analysis import Analysis
from bayesips.answer.assessment.distribution import TAILS, summary
from bayesips.answer.information import ess
from bayesips.answer.table import Table
from bayesips.borrowing import method_name
from bayesips.borrowing.biases import total_shift
from bayesips.distributions.any_distribution import Distribution
from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.exact_binomial import clopper_pearson
from bayesips.distributions.mixture_fit import MixtureFit, fit_beta_mixture
from bayesips.engine.quadrature.population import (
    population_mean,
    population_mean_of_draws,
    population_mean_of_reading,
)
from bayesips.errors import Refused


def treated(analysis: Analysis) -> Table:
    """The treated arm: counts, prior, posterior, exact interval."""
    arm, prior = analysis.model.treated, analysis.model.treated_prior
    low, high = clopper_pearson(arm.successes, arm.n)
    expected = prior.predictive(arm.n).ppf(np.array(TAILS))
    values = {
        "successes": arm.successes,
        "n": arm.n,
        **summary(analysis.treated),
        "exact_low": float(low),
        "exact_high": float(high),
        "prior_mean": float(prior.mean()),
        "prior_patients_low": int(expected[0]),
        "prior_patients_high": int(expected[1]),
        "prior_weights": ("prior_component", prior.weights),
        "prior_a": ("prior_component", prior.a),
        "prior_b": ("prior_component", prior.b),
    }
    label = {"label": arm.label, "source": arm.source or "", "note": arm.note or ""}
    return Table.of(values, attrs=label)


def control(analysis: Analysis) -> Table:
    """The control rate: moments, information, mixture, population mean."""
    fit = _fit(analysis.control)
    information, reasons = _information(analysis.control)
    values = {**summary(analysis.control), "mean_error": _mean_error(analysis)}
    values |= {**information, **_mixture(fit), **_population(analysis)}
    return Table.of(values, attrs={**_settings(analysis), **reasons})


def _mean_error(analysis: Analysis) -> float:
    """Error of the control's mean: MCSE of the chains, else what the last refinement changed."""
    drawn = analysis.drawn
    if drawn is None:
        return float(getattr(analysis.control, "error", 0.0))
    return drawn.error(lambda rates: rates)


def _settings(analysis: Analysis) -> dict[str, Any]:
    """Method, bias and vague part that the control rate follows from."""
    model = analysis.model
    shift, robust = total_shift(model.bias), model.robust
    return {
        "method": method_name(model.method),
        "title": model.method.title,
        "settings": repr(model.method),
        "arms": len(analysis.arms),
        "patients": int(sum(arm.n for arm in analysis.arms)),
        "robust_weight": 0.0 if robust is None else float(robust.weight),
        "robust_mean": np.nan if robust is None else float(robust.mean),
        "robust_n": np.nan if robust is None else float(robust.n),
        "bias_names": ", ".join(bias.name for bias in model.bias),
        "bias_mean": shift.mean,
        "bias_sd": shift.sd,
        "quadrature_error": float(getattr(analysis.control, "error", 0.0)),
    }


def _fit(distribution: Distribution) -> MixtureFit | None:
    """The Beta mixture closest to the control; None where a rate has no density."""
    try:
        return fit_beta_mixture(distribution)
    except Refused:
        return None


def _information(distribution: Distribution) -> tuple[dict, dict]:
    """Effective sample sizes, their standard errors, and why they are missing."""
    values, reasons = {}, {}
    for method in ("elir", "moment"):
        found = ess(distribution, method)
        values[f"ess_{method}"], values[f"ess_{method}_error"] = float(found), found.error
        reasons[f"no_ess_{method}_because"] = found.reason or ""
    return values, reasons


def _mixture(fit: MixtureFit | None) -> dict[str, Any]:
    """The fitted mixture and its distance; empty where there is none."""
    nothing = BetaMixture(np.ones(1), np.ones(1), np.ones(1))
    mixture = nothing if fit is None else fit.mixture
    size = 0 if fit is None else mixture.weights.size
    return {
        "mixture_weights": ("component", mixture.weights[:size]),
        "mixture_a": ("component", mixture.a[:size]),
        "mixture_b": ("component", mixture.b[:size]),
        "kl": np.nan if fit is None else fit.kl,
        "cdf_error": np.nan if fit is None else fit.cdf_error,
    }


def _population(analysis: Analysis) -> dict[str, float]:
    """Mean rate of all comparable cohorts (reading ii); NaN where the method has none.

    It is a question about history: in a trial with controls of its own it is not asked.
    """
    model = analysis.model
    names = ("population_mean", "population_low", "population_high")
    if model.concurrent is not None:
        return dict.fromkeys(names, np.nan)
    reading = None if analysis.landmark is None else analysis.landmark.reading
    if reading is not None:
        found = population_mean_of_reading(reading.hierarchy, TAILS)
    elif analysis.chains is None:
        found = population_mean(model.method, list(analysis.arms), model.endpoint, TAILS)
    else:
        posterior = analysis.chains["posterior"].to_dataset()
        draws = {
            str(name): values.to_numpy().ravel()
            for name, values in posterior.items()
            if values.dims == ("chain", "draw")
        }
        found = population_mean_of_draws(
            model.method, list(analysis.arms), model.endpoint, TAILS, draws
        )
    return dict(zip(names, found, strict=True))
