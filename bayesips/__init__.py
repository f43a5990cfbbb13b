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
    "Refused": "errors",
    "NotSettled": "errors",
    "Arm": "evidence.arm",
    "Prior": "distributions.priors",
    "BetaMixture": "distributions.beta_mixture",
    "robustify": "distributions.beta_mixture",
    "Points": "distributions.points",
    "Density": "distributions.density",
    "as_density": "distributions.convert",
    "prob_greater": "distributions.effects",
    "prob_greater_error": "distributions.effects",
    "effect_cdf": "distributions.effects",
    "effect_ppf": "distributions.effects",
    "effect_mean": "distributions.effects",
    "effect_std": "distributions.effects",
    "number_needed_to_treat": "distributions.effects",
    "clopper_pearson": "distributions.exact_binomial",
    "binomial_tail": "distributions.exact_binomial",
    "fit_beta_mixture": "distributions.mixture_fit",
    "MixtureFit": "distributions.mixture_fit",
    "ess": "answer.information",
    "ess_error": "answer.information",
    "ess_reason": "answer.information",
    "realised_ess": "answer.information",
    "ess_by_outcome": "answer.information",
    "box_p_value": "distributions.conflict",
    "box_mid_p_value": "distributions.conflict",
    "evans_moshonov_p_value": "distributions.conflict",
    "evans_moshonov_stages": "answer.conflict_stages",
    "surprise": "distributions.conflict",
    "conflict_power": "distributions.conflict",
    "smallest_detectable_drift": "distributions.conflict",
    "leave_one_out": "distributions.conflict",
    "Binary": "endpoints",
    "Landmark": "endpoints",
    "Evidence": "evidence.selection",
    "EvidenceError": "evidence.selection",
    "load_evidence": "evidence.selection",
    "binary_reading": "endpoints.counts",
    "without_bounds": "evidence.selection",
    "Robust": "borrowing",
    "control_prior": "answer.control",
    "control_posterior": "answer.control",
    "adapted": "answer.control",
    "learned": "answer.learned",
    "Model": "declare.model",
    "ModelError": "declare.model",
    "load_model": "declare.model",
    "shipped_names": "declare.model",
    "assess": "answer.assessment",
    "pymc_model": "answer.assessment",
    "joint_later_landmarks": "answer.assessment.later_landmarks",
    "bridge_sensitivity": "answer.assessment.bridge_sensitivity",
    "conclusion": "report",
    "compare": "answer.comparison",
    "compare_with_controls": "answer.comparison",
    "average_by_controls": "answer.averaging",
    "average_by_arms": "answer.averaging",
    "median_bounds": "endpoints.medians",
    "PatientArm": "endpoints.patient_times",
    "read_times": "evidence.patient_files",
    "read_curve": "evidence.patient_files",
    "Criterion": "designs",
    "Rule": "designs",
    "ThreeWay": "designs",
    "ThreeWayDesign": "designs",
    "SingleArmDesign": "designs",
    "TwoArmDesign": "designs",
    "BorrowedControl": "designs",
    "FisherDesign": "designs",
    "SequentialDesign": "designs",
    "sequential_design": "designs",
    "OneArm": "designs",
    "TwoArms": "designs",
    "Posterior": "designs",
    "PredictiveAbove": "designs",
    "PredictiveBelow": "designs",
    "simon": "designs",
    "lee_liu": "designs",
    "thall_simon": "designs",
    "bop2": "designs",
    "predictive_probability": "designs",
    "predictive_probability_two_arm": "designs",
    "worst_case": "designs",
    "calibrate": "designs",
    "equal_error_power": "designs",
    "sweet_spot": "designs",
    "Goals": "designs",
    "sample_size": "designs",
    "trade_off": "designs",
    "split_assurance": "designs",
    "conditional_assurance": "designs",
    "plan": "report.plan",
    "load_plan": "planning.plan_file",
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
