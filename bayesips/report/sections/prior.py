"""The section of the priors of both rates, and what they are worth."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from bayesips.report.rates import number, share, span, with_interval
from bayesips.words.numbers import percent, signed
from bayesips.words.outcome import outcome_of

PLACE = 20
TITLE = "What was assumed"


def given(tree: xr.DataTree) -> dict[str, Any]:
    """Priors of both rates and what they are worth."""
    return {"treated": _treated_prior(tree), "control": _control_prior(tree)}


def _treated_prior(tree: xr.DataTree) -> dict[str, str]:
    """The treated rate's prior, in its formula and in patients."""
    group = tree["treated"].to_dataset()
    low, high = (int(group[f"prior_patients_{end}"]) for end in ("low", "high"))
    n = int(group["n"])
    return {
        "formula": _mixture(group, "prior_"),
        "patients": f"this prior expects {low} to {high} of {n} {outcome_of(tree.attrs).unit}",
    }


def _control_prior(tree: xr.DataTree) -> list[tuple[str, str]]:
    """How history bears on the control, and what that is worth."""
    group = tree["control"].to_dataset()
    about, unit = group.attrs, outcome_of(tree.attrs).unit
    rows = [
        ("Method", about["title"]),
        ("Settings", about["settings"]),
        ("History", f"{about['arms']} groups, {about['patients']} {unit}"),
        ("Vague part", _vague(about)),
        ("Shift for known bias", _bias(tree)),
        ("Rate in a new comparable group", f"{share(group)}{span(group, ' (95 % interval {})')}"),
    ]
    if np.isfinite(float(group["population_mean"])):
        rows.append(("Mean rate over all such groups (another question)", _population(group)))
    rows += [(f"Worth in {unit}, by ELIR", _worth(group, "elir")),
             (f"Worth in {unit}, by moments", _worth(group, "moment"))]  # fmt: skip
    if group["mixture_weights"].size:
        rows.append(("As a Beta mixture", _mixture(group, "mixture_")))
        error = f"divergence {number(group['kl'])}, largest error {number(group['cdf_error'])}"
        rows.append(("Distance of that mixture", f"{error}; decisions do not use it"))
    return rows


def _mixture(group: xr.Dataset, prefix: str) -> str:
    """A Beta mixture as a formula."""
    weights, a, b = (group[f"{prefix}{name}"].values for name in ("weights", "a", "b"))
    if weights.size == 1:
        return f"Beta({a[0]:.4g}, {b[0]:.4g})"
    parts = [f"{w:.3f} Beta({x:.4g}, {y:.4g})" for w, x, y in zip(weights, a, b, strict=True)]
    return " + ".join(parts)


def _population(group: xr.Dataset) -> str:
    """Mean and interval of the population mean."""
    return with_interval(group, "population_")


def _worth(group: xr.Dataset, method: str) -> str:
    """An effective sample size, or why there is none."""
    value = float(group[f"ess_{method}"])
    reason = str(group.attrs.get(f"no_ess_{method}_because", ""))
    if not np.isfinite(value):
        return f"none: {reason}"
    if reason:
        return f"{value:.1f} ({reason})"
    error = float(group.get(f"ess_{method}_error", 0.0))
    return f"{value:.1f} (Monte Carlo standard error {error:.2g})" if error > 0 else f"{value:.1f}"


def _vague(about: dict) -> str:
    """The robust part."""
    weight = float(about["robust_weight"])
    if weight == 0:
        return "none"
    mean, n = float(about["robust_mean"]), float(about["robust_n"])
    return f"weight {percent(weight)}, Beta({mean * (n + 1):g}, {(1 - mean) * (n + 1):g})"


def _bias(tree: xr.DataTree) -> str:
    """The shift for known bias."""
    about = tree["control"].attrs
    if not about["bias_names"]:
        return "none"
    names = str(about["bias_names"]).replace("_", " ")
    rate = outcome_of(tree.attrs).noun
    size = f"{signed(about['bias_mean'])} on the log odds of {rate}, sd {about['bias_sd']:.2g}"
    sign = "positive" if outcome_of(tree.attrs).more_is_better else "negative"
    return f"{names}: {size} ({sign}: controls do better than history says)"
