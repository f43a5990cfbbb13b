"""The effect and what follows: decisions, every outcome, fragility, comparators, surprise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr
from scipy import special

from bayesips.answer.assessment.answer import Answer, told
from bayesips.answer.assessment.comparators import benchmark
from bayesips.answer.assessment.distribution import TAILS, summaries, summary
from bayesips.borrowing.method import arms_needed
from bayesips.distributions.conflict import surprise as tail_of_treated
from bayesips.distributions.effects import (
    effect_cdf,
    effect_mean,
    effect_ppf,
    effect_std,
    prob_greater,
    prob_greater_error,
)
from bayesips.distributions.effects.scales import scale_named
from bayesips.distributions.exact_binomial import binomial_tail
from bayesips.errors import NotSettled, Refused
from bayesips.evidence.selection import binary_reading, without_bounds

# A probability as close as this to what is required is a tie, and a tie does not meet it.
TIE = 1e-12
QUANTILES = np.array([TAILS[0], 0.25, 0.5, 0.75, TAILS[1]])


def effect(answer: Answer) -> xr.Dataset:
    """Effect of the treated over the control: moments, interval, number needed to treat."""
    treated, control, scale = answer.treated, answer.control, answer.model.scale
    differences = effect_ppf(treated, control, QUANTILES)
    ends = differences if scale == "difference" else effect_ppf(treated, control, QUANTILES, scale)
    with np.errstate(divide="ignore"):
        needed = np.where(differences > 0, 1 / np.maximum(differences, 0), np.inf)[::-1]
    values = {
        "mean": float(effect_mean(treated, control, scale)),
        "std": float(effect_std(treated, control, scale)),
        "low": float(ends[0]),
        "high": float(ends[-1]),
        "no_effect": scale_named(scale).no_effect,
        "share_no_benefit": float(
            effect_cdf(treated, control, scale_named(scale).no_effect, scale)
        ),
        "number_needed": ("quantile", needed),
    }
    return xr.Dataset(values, coords={"quantile": QUANTILES}, attrs={"scale": scale})


def decision(answer: Answer) -> xr.Dataset:
    """P(effect > margin) against what is required, with its error."""
    probability = prob_greater(answer.treated, answer.control, answer.margins, answer.model.scale)
    error = _error(answer) if answer.chains is None else _monte_carlo_error(answer)
    attributes = {
        "all_met": int(np.all(met(probability, answer.required))),
        "error_is": "numerical" if answer.chains is None else "Monte Carlo standard error",
    }
    columns = {
        "margin": answer.margins,
        "required": answer.required,
        "probability": probability,
        "error": error,
        "met": met(probability, answer.required),
    }
    return _by_criterion(answer, columns).assign_attrs(attributes)


def outcomes(answer: Answer) -> xr.Dataset:
    """What every number of treated survivors would have led to."""
    n = answer.model.treated.n
    probability = _of_batch(answer, answer.outcomes, answer.control)
    values = {
        **summaries(answer.outcomes, "survivors", "treated_"),
        "probability": (("survivors", "criterion"), probability),
        "met": (("survivors", "criterion"), met(probability, answer.required)),
        "all_met": ("survivors", np.all(met(probability, answer.required), axis=-1)),
        "predicted": ("survivors", answer.control.predictive(n).pmf(np.arange(n + 1))),
    }
    coordinates = {"survivors": np.arange(n + 1), "criterion": _numbers(answer)}
    return xr.Dataset(values, coords=coordinates)


def fragility(answer: Answer, every: xr.Dataset) -> xr.Dataset:
    """The decision with one survivor fewer and one more, where there can be."""
    seen = answer.model.treated.successes
    near = [x for x in (seen - 1, seen + 1) if 0 <= x <= answer.model.treated.n]
    part = every[["treated_mean", "probability", "met", "all_met"]].sel(survivors=near)
    now = bool(every["all_met"].sel(survivors=seen))
    return part.assign(changes=part["all_met"] != now)


def comparators(answer: Answer) -> xr.Dataset:
    """The sponsor's benchmark beside it: exact test and P(rate > benchmark)."""
    found = benchmark(answer.model)
    rate, where = (np.nan, "") if found is None else found
    arm, known = answer.model.treated, found is not None
    values = {
        "benchmark": rate,
        "p_value": float(binomial_tail(arm.successes, arm.n, rate)) if known else np.nan,
        "probability": float(answer.treated.sf(rate)) if known else np.nan,
        "highest_rejected": _highest_rejected(arm.successes, arm.n),
    }
    return xr.Dataset(values, attrs={"source": where})


def surprise(answer: Answer) -> xr.Dataset:
    """Tail of the treated count if the treated fared as controls do."""
    arm = answer.model.treated
    expected = answer.control.predictive(arm.n)
    low, high = expected.ppf(np.array(TAILS))
    values = {
        "p_value": float(tail_of_treated(answer.control, arm.successes, arm.n)),
        "expected": float(expected.mean()),
        "expected_low": int(low),
        "expected_high": int(high),
    }
    return xr.Dataset(values)


def second_reading(answer: Answer) -> xr.Dataset | None:
    """Control and decision without the rows that are bounds; None where there are none."""
    model = answer.model
    bounds = [arm.label for arm in model.history if any(row[1] != "=" for row in arm.rows)]
    if not answer.is_binary or not bounds:
        return None
    arms = binary_reading(without_bounds(model.history), model.landmark_day)
    kept = {arm.label for arm in arms}
    about = {
        "arms": len(arms),
        "dropped": "; ".join(label for label in bounds if label not in kept),
        "engine": "exact",
    }
    fewest, most = arms_needed(model.method)
    if not fewest <= len(arms) <= (most or len(arms)):
        reason = f"{len(arms)} arms are left, too few for the method"
        return xr.Dataset(attrs={**about, "missing_because": reason})
    try:
        control = told(model, arms)
    except NotSettled as error:  # a method that only NUTS reads
        reason = f"no answer, since the exact engine gives it and does not read this ({error})"
        return xr.Dataset(attrs={**about, "missing_because": reason})
    except Refused as error:  # a method that cannot do without those arms
        reason = f"no answer from the {len(arms)} arms that are left ({error})"
        return xr.Dataset(attrs={**about, "missing_because": reason})
    probability = _of_batch(answer, answer.treated, control)
    columns = {"probability": probability, "met": met(probability, answer.required)}
    return _by_criterion(answer, columns).assign(summary(control)).assign_attrs(about)


def without_robust(answer: Answer) -> xr.Dataset | None:
    """Control and decision by history alone; None where the model has no robust part."""
    robust = answer.model.robust
    if robust is None or not robust.weight:
        return None
    alone = replace(answer, control=answer.history, model=replace(answer.model, robust=None))
    found = decision(alone)
    return found[["probability", "error", "met"]].assign(summary(answer.history))


def met(probability: np.ndarray, required: np.ndarray) -> np.ndarray:
    """Whether a probability exceeds what is required; a tie does not."""
    return np.asarray(probability) - required > TIE


def _error(answer: Answer) -> np.ndarray:
    """Numerical error: that of the last quadrature and what the control's own error can do."""
    own = prob_greater_error(answer.treated, answer.control, answer.margins, answer.model.scale)
    return own + float(getattr(answer.control, "error", 0.0))


def _monte_carlo_error(answer: Answer) -> np.ndarray:
    """MCSE of the mean over the chains of the treated's exact tail beyond each control rate."""
    import arviz as az

    posterior = answer.chains["posterior"]  # type: ignore[index]  # asked only of chains
    name = "control_biased" if "control_biased" in posterior else "control"
    rates = np.clip(posterior[name].to_numpy(), 0, 1)
    threshold = scale_named(answer.model.scale).threshold
    share = 1.0 if answer.model.robust is None else 1 - answer.model.robust.weight
    tails = [answer.treated.sf(threshold(rates, margin)) for margin in answer.margins]
    return np.array([share * float(az.mcse(tail)) if np.ptp(tail) else 0.0 for tail in tails])


def _of_batch(answer: Answer, treated: Any, control: Any) -> np.ndarray:
    """P(effect > margin), shape (*batch, criterion)."""
    scale = answer.model.scale
    return np.stack([prob_greater(treated, control, m, scale) for m in answer.margins], axis=-1)


def _by_criterion(answer: Answer, columns: dict[str, np.ndarray]) -> xr.Dataset:
    """Variables with one value for each criterion."""
    data = {name: ("criterion", values) for name, values in columns.items()}
    return xr.Dataset(data, coords={"criterion": _numbers(answer)})


def _numbers(answer: Answer) -> np.ndarray:
    """Criteria are counted from 1."""
    return np.arange(1, len(answer.model.decisions) + 1)


def _highest_rejected(successes: int, n: int, level: float = 0.025) -> float:
    """Largest known control rate that the exact one-sided test rejects (methods.md section 5)."""
    if successes == 0:
        return np.nan
    return float(special.betaincinv(successes, n - successes + 1, level))
