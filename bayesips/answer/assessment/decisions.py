"""The effect and what follows: decisions, every outcome, fragility, comparators, surprise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import special

from bayesips.answer.assessment.analysis import Analysis
from bayesips.answer.assessment.chains import Drawn
from bayesips.answer.assessment.comparators import benchmark
from bayesips.answer.assessment.distribution import TAILS, summaries, summary
from bayesips.answer.table import Table
from bayesips.borrowing.method import arms_needed
from bayesips.declare.model import Model
from bayesips.distributions.conflict import surprise as tail_of_treated
from bayesips.distributions.effects import effect_ppf
from bayesips.distributions.effects.effect import Effect
from bayesips.distributions.effects.scales import scale_named
from bayesips.distributions.exact_binomial import binomial_tail
from bayesips.errors import NotSettled, Refused
from bayesips.evidence.selection import without_bounds

QUANTILES = np.array([TAILS[0], 0.25, 0.5, 0.75, TAILS[1]])


def effect(analysis: Analysis) -> Table:
    """Effect of the treated over the control: moments, interval, number needed to treat."""
    found = analysis.effect
    differences = effect_ppf(found.treated, found.control, QUANTILES)
    ends = found.ppf(QUANTILES) if scale_named(found.scale).is_ratio else differences
    better = analysis.model.outcome.more_is_better
    gains = differences if better else -differences[::-1]
    with np.errstate(divide="ignore"):
        needed = np.where(gains > 0, 1 / np.maximum(gains, 0), np.inf)[::-1]
    no_benefit = found.cdf(found.none) if better else 1 - found.cdf(found.none)
    values = {
        "mean": found.mean(),
        "std": found.std(),
        "low": float(ends[0]),
        "high": float(ends[-1]),
        "no_effect": found.none,
        "share_no_benefit": float(no_benefit),
        "number_needed": ("quantile", needed),
    }
    return Table.of(values, coords={"quantile": QUANTILES}, attrs={"scale": found.scale})


def decision(analysis: Analysis) -> Table:
    """P(effect > margin) against what is required, with its error."""
    rule = analysis.model.rule
    probability = analysis.effect.probabilities(rule)
    drawn = analysis.drawn
    exact = drawn is None
    error = analysis.effect.errors(rule) if drawn is None else _monte_carlo_error(drawn, analysis)
    met = rule.enough(probability)
    attributes = {
        "all_met": int(np.all(met)),
        "error_is": "numerical" if exact else "Monte Carlo standard error",
    }
    columns = {
        "margin": rule.margins,
        "required": rule.required,
        "probability": probability,
        "error": error,
        "met": met,
    }
    return _by_criterion(analysis, columns, attributes)


def outcomes(analysis: Analysis) -> Table:
    """What every number of treated survivors would have led to."""
    model, control = analysis.model, analysis.control
    n, treated = model.treated.n, model.treated_outcomes
    probability = Effect(treated, control, model.scale).probabilities(model.rule)
    met = model.rule.enough(probability)
    values = {
        **summaries(treated, "survivors", "treated_"),
        "probability": (("survivors", "criterion"), probability),
        "met": (("survivors", "criterion"), met),
        "all_met": ("survivors", np.all(met, axis=-1)),
        "predicted": ("survivors", control.predictive(n).pmf(np.arange(n + 1))),
    }
    coordinates = {"survivors": np.arange(n + 1), "criterion": _numbers(analysis)}
    return Table.of(values, coords=coordinates)


def fragility(analysis: Analysis, every: Table) -> Table:
    """The decision with one survivor fewer and one more, where there can be."""
    seen = analysis.model.treated.successes
    near = [x for x in (seen - 1, seen + 1) if 0 <= x <= analysis.model.treated.n]
    part = every.only("treated_mean", "probability", "met", "all_met").sel(survivors=near)
    now = bool(every["all_met"].sel(survivors=seen))
    return part.assign({"changes": ("survivors", part["all_met"].values != now)})


def comparators(analysis: Analysis) -> Table:
    """The sponsor's benchmark beside it: exact test and P(rate > benchmark)."""
    found = benchmark(analysis.model)
    rate, where = (np.nan, "") if found is None else found
    values = dict.fromkeys(("p_value", "probability"), np.nan)
    if found is not None:
        values = _beside(analysis, rate)
    values |= {"benchmark": rate, "highest_rejected": last_rejected(analysis.model)}
    return Table.of(values, attrs={"source": where})


def _beside(analysis: Analysis, rate: float) -> dict[str, float]:
    """The exact one-sided test of a known rate, and the probability of a better one."""
    arm, above = analysis.model.treated, float(analysis.treated.sf(rate))
    if analysis.model.outcome.more_is_better:
        return {"p_value": float(binomial_tail(arm.successes, arm.n, rate)), "probability": above}
    tail = float(binomial_tail(arm.n - arm.successes, arm.n, 1 - rate))
    return {"p_value": tail, "probability": 1 - above}


def surprise(analysis: Analysis) -> Table:
    """Tail of the treated count if the treated fared as controls do."""
    arm = analysis.model.treated
    expected = analysis.control.predictive(arm.n)
    low, high = expected.ppf(np.array(TAILS))
    values = {
        "p_value": float(tail_of_treated(analysis.control, arm.successes, arm.n)),
        "expected": float(expected.mean()),
        "expected_low": int(low),
        "expected_high": int(high),
    }
    return Table.of(values)


def second_reading(analysis: Analysis) -> Table | None:
    """Control and decision without the rows that are bounds; None where there are none."""
    model = analysis.model
    bounds = [arm.label for arm in model.history if any(row[1] != "=" for row in arm.rows)]
    if not analysis.is_binary or not bounds:
        return None
    kept_rows = replace(model, history=without_bounds(model.history))
    arms = kept_rows.arms
    kept = {arm.label for arm in arms}
    about = {
        "arms": len(arms),
        "dropped": "; ".join(label for label in bounds if label not in kept),
        "engine": "exact",
    }
    fewest, most = arms_needed(model.method)
    if not fewest <= len(arms) <= (most or len(arms)):
        reason = f"{len(arms)} arms are left, too few for the method"
        return Table.of(attrs={**about, "missing_because": reason})
    try:
        control = kept_rows.control()
    except NotSettled as error:  # a method that only NUTS reads
        reason = f"no answer, since the exact engine gives it and does not read this ({error})"
        return Table.of(attrs={**about, "missing_because": reason})
    except Refused as error:  # a method that cannot do without those arms
        reason = f"no answer from the {len(arms)} arms that are left ({error})"
        return Table.of(attrs={**about, "missing_because": reason})
    probability = model.effect(control).probabilities(model.rule)
    columns = {"probability": probability, "met": model.rule.enough(probability)}
    return _by_criterion(analysis, columns, about).assign(summary(control))


def without_robust(analysis: Analysis) -> Table | None:
    """Control and decision by history alone; None where the model has no robust part."""
    robust = analysis.model.robust
    if robust is None or not robust.weight:
        return None
    found = decision(analysis.without_vague)
    return found.only("probability", "error", "met").assign(summary(analysis.history))


def _monte_carlo_error(drawn: Drawn, analysis: Analysis) -> np.ndarray:
    """MCSE of the mean over the chains of the treated's exact tail beyond each control rate."""
    threshold = scale_named(analysis.model.scale).threshold

    def tail(margin: float) -> Callable[[np.ndarray], np.ndarray]:
        return lambda rates: analysis.treated.sf(threshold(rates, margin))

    return np.array([drawn.error(tail(margin)) for margin in analysis.model.rule.margins])


def _by_criterion(
    analysis: Analysis, columns: dict[str, np.ndarray], attributes: dict[str, Any]
) -> Table:
    """Columns with one value for each criterion."""
    data = {name: ("criterion", values) for name, values in columns.items()}
    return Table.of(data, {"criterion": _numbers(analysis)}, attributes)


def _numbers(analysis: Analysis) -> np.ndarray:
    """Criteria are counted from 1."""
    return np.arange(1, len(analysis.model.decisions) + 1)


def last_rejected(model: Model, level: float = 0.025) -> float:
    """The known control rate nearest to the treated that the exact one-sided test still rejects."""
    arm, turned = model.treated, not model.outcome.more_is_better
    good = arm.n - arm.successes if turned else arm.successes
    if good == 0:
        return np.nan
    rate = float(special.betaincinv(good, arm.n - good + 1, level))  # methods.md section 5
    return 1 - rate if turned else rate
