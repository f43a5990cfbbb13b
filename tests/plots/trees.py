"""A small result made by hand, in the layout that `assess` writes: no inference needed."""

import json

import numpy as np
import xarray as xr
from scipy import stats

from tests.plots.small_trial import ARMS, CONTROL, SURVIVORS, N, greater, mixture, predicted


def evidence():
    """The evidence table."""
    r = np.array([row[1] for row in ARMS])
    n = np.array([row[2] for row in ARMS])
    columns = {
        "day": [row[3].removeprefix("day ") for row in ARMS],
        "relation": [row[4] for row in ARMS],
        "rows": [f"{row[1]} of {row[2]}, {row[3]}" for row in ARMS],
        "source": ["Someone. Journal 1997;63(8):1079-86 doi:10.1097/00007890-199704270-00006"] * 6,
        "note": ["A remark."] * 6,
        "flags": [row[5] for row in ARMS],
        "used_as": [f"{row[1]} of {row[2]}" for row in ARMS],
    }
    numbers = {
        "successes": r,
        "n": n,
        "is_bound": np.array([row[4] != "=" for row in ARMS]),
        "followed": np.zeros(len(ARMS), bool),
        "raw": r / n,
        "raw_low": stats.beta.ppf(0.025, r, n - r + 1),
        "raw_high": stats.beta.ppf(0.975, r + 1, n - r),
        "shrunken": (r + 3) / (n + 12),
        "shrunken_low": stats.beta.ppf(0.025, r + 3, n - r + 9),
        "shrunken_high": stats.beta.ppf(0.975, r + 3, n - r + 9),
        "conflict": np.array([0.4, 0.6, 0.3, 0.1, 0.7, 0.02]),
    }
    table = {name: ("arm", np.array(values)) for name, values in {**columns, **numbers}.items()}
    return xr.Dataset(table, coords={"arm": [row[0] for row in ARMS]})


def curves():
    """Densities on grids of rate and effect."""
    rate = np.linspace(0, 1, 401)
    effect = np.linspace(-1, 1, 401)
    nodes = (np.arange(2000) + 0.5) / 2000
    shifted = stats.beta.pdf(nodes + effect[:, None], 1 + SURVIVORS, 1 + N - SURVIVORS)
    return xr.Dataset(
        {
            "treated_prior": ("rate", np.ones(401)),
            "treated_likelihood": ("rate", stats.beta.pdf(rate, 6, 3)),
            "treated_posterior": ("rate", stats.beta.pdf(rate, 6, 3)),
            "control": ("rate", mixture("pdf", rate)),
            "control_cdf": ("rate", mixture("cdf", rate)),
            "effect": ("effect_grid", (shifted * mixture("pdf", nodes)).mean(-1)),
            "atom_weight": ("atom", np.zeros(0)),
        },
        coords={"rate": rate, "effect_grid": effect, "atom": np.zeros(0)},
    )


def decisions(margins, required):
    """What was asked, and whether it was met."""
    found = np.array([greater(SURVIVORS, margin) for margin in margins])
    return xr.Dataset(
        {
            "margin": ("criterion", np.array(margins)),
            "required": ("criterion", np.array(required)),
            "probability": ("criterion", found),
            "error": ("criterion", np.full(len(margins), 1e-9)),
            "met": ("criterion", (found > required)),
        },
        coords={"criterion": 1 + np.arange(len(margins))},
        attrs={"all_met": 0, "error_is": "numerical"},
    )


def outcomes(margins, required):
    """Every number of survivors that the trial could have had."""
    survivors = np.arange(N + 1)
    table = np.array([[greater(x, margin) for margin in margins] for x in survivors])
    return xr.Dataset(
        {
            "treated_mean": ("survivors", (1 + survivors) / (N + 2)),
            "treated_low": ("survivors", stats.beta.ppf(0.025, 1 + survivors, 1 + N - survivors)),
            "treated_high": ("survivors", stats.beta.ppf(0.975, 1 + survivors, 1 + N - survivors)),
            "probability": (("survivors", "criterion"), table),
            "all_met": ("survivors", (table > np.array(required)).all(-1)),
            "predicted": ("survivors", predicted(survivors)),
            "met": (
                ("survivors", "criterion"),
                (table > np.array(required)),
            ),
        },
        coords={"survivors": survivors, "criterion": 1 + np.arange(len(margins))},
    )


def fragility(every):
    """One survivor fewer and one more."""
    part = every[["probability", "met", "all_met"]].sel(survivors=[SURVIVORS - 1, SURVIVORS + 1])
    return part.assign(changes=part["all_met"] != every["all_met"].sel(survivors=SURVIVORS))


def treated():
    """The treated arm."""
    return xr.Dataset(
        {
            "successes": SURVIVORS,
            "n": N,
            "mean": 6 / 9,
            "std": 0.149,
            "low": stats.beta.ppf(0.025, 6, 3),
            "high": stats.beta.ppf(0.975, 6, 3),
            "exact_low": 0.29042,
            "exact_high": 0.96331,
            "prior_mean": 0.5,
            "prior_weights": ("prior_component", np.ones(1)),
            "prior_a": ("prior_component", np.ones(1)),
            "prior_b": ("prior_component", np.ones(1)),
            "prior_patients_low": 0,
            "prior_patients_high": 7,
        },
        attrs={"label": "HLC-001", "source": "doi:10.1007/s12185-025-04024-x", "note": ""},
    )


def control():
    """What history leads one to expect."""
    return xr.Dataset(
        {
            "mean": float((CONTROL[0] * CONTROL[1] / (CONTROL[1] + CONTROL[2])).sum()),
            "std": 0.16,
            "low": 0.07,
            "high": 0.78,
            "ess_elir": 9.1,
            "ess_moment": 7.4,
            "population_mean": 0.28,
            "population_low": 0.15,
            "population_high": 0.44,
            "kl": 2e-5,
            "cdf_error": 1e-4,
            "mixture_weights": ("component", CONTROL[0]),
            "mixture_a": ("component", CONTROL[1]),
            "mixture_b": ("component", CONTROL[2]),
        },
        attrs=SETTINGS,
    )


def diagnostics():
    """What was checked."""
    return xr.Dataset(
        {
            "value": ("check", np.array([6e-10, 4e-5])),
            "limit": ("check", np.array([1e-9, 1e-4])),
            "at_most": ("check", np.array([True, True])),
            "passed": ("check", np.array([True, True])),
            "withholds": ("check", np.array([True, False])),
            "advice": ("check", np.array(["Refine.", "Take care."])),
        },
        coords={"check": ["change under refinement", "mixture divergence"]},
    )


def tree(margins=(0.0, 0.2), required=(0.975, 0.8)):
    """The whole result."""
    groups = {
        "/": xr.Dataset(attrs=ROOT),
        "/evidence": evidence(),
        "/treated": treated(),
        "/control": control(),
        "/effect": xr.Dataset(
            {
                "no_effect": 0.0,
                "share_no_benefit": 0.09,
                "mean": 0.34,
                "std": 0.22,
                "low": -0.16,
                "high": 0.71,
            },
            attrs={"scale": "difference"},
        ),
        "/curves": curves(),
        "/diagnostics": diagnostics(),
        "/comparators": xr.Dataset(
            {
                "benchmark": 0.245,
                "p_value": 0.01176,
                "probability": 0.9962,
                "highest_rejected": 0.2904,
            },
            attrs={"source": "a press release"},
        ),
        "/surprise": xr.Dataset(
            {"p_value": 0.1145, "expected": 2.24, "expected_low": 0, "expected_high": 7}
        ),
        "/decision": decisions(margins, required),
        "/outcomes": outcomes(margins, required),
        "/fragility": fragility(outcomes(margins, required)),
    }
    return xr.DataTree.from_dict(groups)


SETTINGS = {
    "method": "map",
    "title": "meta-analytic predictive (MAP)",
    "settings": "Map(mu=('normal', 0, 2), tau=('half_normal', 1))",
    "arms": 6,
    "patients": 243,
    "robust_weight": 0.2,
    "robust_mean": 0.5,
    "robust_n": 1.0,
    "bias_names": "",
    "bias_mean": 0.0,
    "bias_sd": 0.0,
    "quadrature_error": 1e-10,
    "no_ess_elir_because": "",
    "no_ess_moment_because": "",
}

ROOT = {
    "model": "hlc001",
    "question": "Does HLC-001 raise day-56 survival above what history would have given?",
    "digest": "0" * 64,
    "engine": "exact",
    "seed": 1,
    "endpoint": "binary",
    "endpoint_settings": "Binary()",
    "scale": "difference",
    "landmark_day": 56.0,
    "control_set": "broad",
    "treated": "HLC-001",
    "versions": json.dumps({"bayesips": "0.1.0", "numpy": "2.5.5"}),
}
