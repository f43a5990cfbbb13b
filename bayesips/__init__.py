"""bayesips: what a small trial shows when history is contested.

Beta-binomial and historical-prior models with exact quadrature beside PyMC, for trials with a
binary or survival endpoint and historical controls. Names are imported when first used, so that
`import bayesips` stays light.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

# Public name -> module that defines it.
_PUBLIC = {
    "Arm": "arm",
    "Prior": "priors",
    "BetaMixture": "distributions.beta_mixture",
    "robustify": "distributions.beta_mixture",
    "Points": "distributions.points",
    "Density": "distributions.density",
    "as_density": "distributions.convert",
    "prob_greater": "effects",
    "prob_greater_error": "effects",
    "effect_cdf": "effects",
    "effect_ppf": "effects",
    "effect_mean": "effects",
    "effect_std": "effects",
    "number_needed_to_treat": "effects",
    "clopper_pearson": "exact_binomial",
    "binomial_tail": "exact_binomial",
    "fit_beta_mixture": "mixture_fit",
    "MixtureFit": "mixture_fit",
    "ess": "information",
    "ess_error": "information",
    "ess_reason": "information",
    "realised_ess": "information",
    "ess_by_outcome": "information",
    "box_p_value": "conflict",
    "box_mid_p_value": "conflict",
    "evans_moshonov_p_value": "conflict",
    "evans_moshonov_stages": "conflict_stages",
    "surprise": "conflict",
    "conflict_power": "conflict",
    "smallest_detectable_drift": "conflict",
    "leave_one_out": "conflict",
    "Binary": "endpoints",
    "Landmark": "endpoints",
    "Evidence": "evidence",
    "EvidenceError": "evidence",
    "load_evidence": "evidence",
    "binary_reading": "evidence",
    "without_bounds": "evidence",
    "Robust": "borrowing",
    "control_prior": "control",
    "control_posterior": "control",
    "adapted": "control",
    "learned": "learned",
    "Model": "model",
    "ModelError": "model",
    "load_model": "model",
    "shipped_names": "model",
    "assess": "assessment",
    "pymc_model": "assessment",
    "joint_later_landmarks": "assessment.later_landmarks",
    "bridge_sensitivity": "assessment.bridge_sensitivity",
    "conclusion": "report",
    "compare": "comparison",
    "compare_with_controls": "comparison",
    "average_by_controls": "averaging",
    "average_by_arms": "averaging",
    "median_bounds": "endpoints.medians",
    "PatientArm": "endpoints.patient_times",
    "read_times": "endpoints.patient_files",
    "read_curve": "endpoints.patient_files",
    "Criterion": "design",
    "Rule": "design",
    "ThreeWay": "design",
    "ThreeWayDesign": "design",
    "SingleArmDesign": "design",
    "TwoArmDesign": "design",
    "BorrowedControl": "design",
    "FisherDesign": "design",
    "SequentialDesign": "design",
    "sequential_design": "design",
    "OneArm": "design",
    "TwoArms": "design",
    "Posterior": "design",
    "PredictiveAbove": "design",
    "PredictiveBelow": "design",
    "simon": "design",
    "lee_liu": "design",
    "thall_simon": "design",
    "bop2": "design",
    "predictive_probability": "design",
    "predictive_probability_two_arm": "design",
    "worst_case": "design",
    "calibrate": "design",
    "equal_error_power": "design",
    "sweet_spot": "design",
    "Goals": "design",
    "sample_size": "design",
    "trade_off": "design",
    "split_assurance": "design",
    "conditional_assurance": "design",
    "plan": "design.plan",
    "load_plan": "design.plan_file",
    "vary": "sensitivity",
    "share_supported": "sensitivity",
    "tipping_point": "sensitivity",
    "tipping_table": "sensitivity",
    "exact_tipping_rate": "sensitivity",
    "sceptical_prior": "sensitivity",
    "scepticism_limit": "sensitivity",
    "lost_to_follow_up": "sensitivity",
    "power_scaling": "sensitivity",
}

__all__ = [*_PUBLIC, "__version__"]  # noqa: PLE0604  every entry is a string


def __getattr__(name: str) -> Any:
    """Import a public name, or a borrowing method's class, when it is first asked for."""
    if name in _PUBLIC:
        value = getattr(importlib.import_module(f"bayesips.{_PUBLIC[name]}"), name)
    else:
        value = _method(name)
    globals()[name] = value
    return value


def _method(name: str) -> Any:
    """The class of a borrowing method: NormalizedPower is in borrowing/normalized_power.py."""
    if name[:1].isupper() and name.isidentifier():
        from bayesips import borrowing

        for method in borrowing.names():
            if "".join(part.capitalize() for part in method.split("_")) == name:
                return borrowing.method_class(method)
    raise AttributeError(f"module 'bayesips' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Names offered to completion."""
    return sorted(__all__)
