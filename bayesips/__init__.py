"""bayesips: what a small trial shows when history is contested.

Beta-binomial and historical-prior models with exact quadrature beside PyMC, for trials with a
binary or survival endpoint and historical controls. Names are imported when first used, so that
`import bayesips` stays light.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

# Names offered by completion -> modules that define them.
_PUBLIC = {
    "Arm": "evidence.arm",
    "Evidence": "evidence.selection",
    "load_evidence": "evidence.selection",
    "read_times": "evidence.patient_files",
    "read_curve": "evidence.patient_files",
    "PatientArm": "endpoints.patient_times",
    "Binary": "endpoints",
    "Landmark": "endpoints",
    "BetaMixture": "distributions.beta_mixture",
    "Density": "distributions.density",
    "Points": "distributions.points",
    "Prior": "distributions.priors",
    "robustify": "distributions.beta_mixture",
    "fit_beta_mixture": "distributions.mixture_fit",
    "to_rbest": "distributions.rbest",
    "from_rbest": "distributions.rbest",
    "ess": "answer.information",
    "summary": "answer.summary",
    "prob_greater": "distributions.effects",
    "number_needed_to_treat": "distributions.effects",
    "clopper_pearson": "distributions.exact_binomial",
    "Robust": "borrowing",
    "control_prior": "answer.control",
    "control_posterior": "answer.control",
    "adapted": "answer.control",
    "learned": "answer.learned",
    "group_rates": "answer.group_rates",
    "Model": "declare.model",
    "model": "declare.in_python",
    "load_model": "declare.model",
    "shipped_names": "declare.model",
    "assess": "answer.assessment",
    "conclusion": "report",
    "compare": "answer.comparison",
    "compare_with_controls": "answer.comparison",
    "average_by_controls": "answer.averaging",
    "pymc_model": "answer.assessment",
    "Criterion": "designs",
    "Rule": "designs",
    "SingleArmDesign": "designs",
    "TwoArmDesign": "designs",
    "simon": "designs",
    "predictive_probability": "designs",
    "plan": "report.plan",
    "load_plan": "planning.plan_file",
    "box_p_value": "distributions.conflict",
    "vary": "sensitivity",
    "tipping_point": "sensitivity",
    "Refused": "errors",
    "NotSettled": "errors",
}
# Names of rarer use.
_FURTHER = {
    "as_density": "distributions.convert",
    "prob_greater_error": "distributions.effects",
    "effect_cdf": "distributions.effects",
    "effect_ppf": "distributions.effects",
    "effect_mean": "distributions.effects",
    "effect_std": "distributions.effects",
    "binomial_tail": "distributions.exact_binomial",
    "rbest_call": "distributions.rbest",
    "MixtureFit": "distributions.mixture_fit",
    "ess_error": "answer.information",
    "ess_reason": "answer.information",
    "realised_ess": "answer.information",
    "ess_by_outcome": "answer.information",
    "EvidenceError": "evidence.selection",
    "binary_reading": "endpoints.counts",
    "without_bounds": "evidence.selection",
    "ModelError": "declare.model",
    "joint_later_landmarks": "answer.assessment.later_landmarks",
    "bridge_sensitivity": "answer.assessment.bridge_sensitivity",
    "average_by_arms": "answer.averaging",
    "median_bounds": "endpoints.medians",
}
# Namespaces -> modules that hold their names.
_NAMESPACES = {
    "designs": "designs",
    "conflict": "answer.conflict",
    "sensitivity": "sensitivity",
    "plots": "plots",
    "elicit": "distributions.elicit",
}
# Deprecated: names that moved into a namespace. They stay here for one release, without a warning.
_MOVED = {
    "conflict": (
        "box_mid_p_value",
        "evans_moshonov_p_value",
        "evans_moshonov_stages",
        "surprise",
        "conflict_power",
        "smallest_detectable_drift",
        "leave_one_out",
    ),
    "designs": (
        "ThreeWay",
        "ThreeWayDesign",
        "BorrowedControl",
        "FisherDesign",
        "SequentialDesign",
        "sequential_design",
        "OneArm",
        "TwoArms",
        "Posterior",
        "PredictiveAbove",
        "PredictiveBelow",
        "lee_liu",
        "thall_simon",
        "bop2",
        "predictive_probability_two_arm",
        "worst_case",
        "calibrate",
        "equal_error_power",
        "sweet_spot",
        "Goals",
        "sample_size",
        "trade_off",
        "split_assurance",
        "conditional_assurance",
    ),
    "sensitivity": (
        "share_supported",
        "tipping_table",
        "exact_tipping_rate",
        "sceptical_prior",
        "scepticism_limit",
        "lost_to_follow_up",
        "power_scaling",
    ),
}


def __getattr__(name: str) -> Any:
    """Import a public name, a namespace or a borrowing method's class when first asked for."""
    if name == "__all__":
        return [*_PUBLIC, *_NAMESPACES, *_methods(), "__version__"]
    space = next((namespace for namespace, names in _MOVED.items() if name in names), None)
    if space is not None:
        return getattr(importlib.import_module(f"bayesips.{_NAMESPACES[space]}"), name)
    if name in _NAMESPACES:
        value = importlib.import_module(f"bayesips.{_NAMESPACES[name]}")
    elif name in _PUBLIC or name in _FURTHER:
        module = importlib.import_module(f"bayesips.{(_PUBLIC | _FURTHER)[name]}")
        value = getattr(module, name)
    else:
        value = _method(name)
    globals()[name] = value
    return value


def _methods() -> dict[str, str]:
    """Classes of the borrowing methods: NormalizedPower is in borrowing/normalized_power.py."""
    names = importlib.import_module("bayesips.borrowing").names()
    return {"".join(part.capitalize() for part in name.split("_")): name for name in names}


def _method(name: str) -> Any:
    """The class of a borrowing method."""
    method = _methods().get(name) if name[:1].isupper() else None
    if method is None:
        raise AttributeError(f"module 'bayesips' has no attribute {name!r}")
    return importlib.import_module("bayesips.borrowing").method_class(method)


def __dir__() -> list[str]:
    """Names offered by completion."""
    return sorted(__getattr__("__all__"))
