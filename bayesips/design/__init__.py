"""Designs of a next trial: rules, exact operating characteristics, sequential plans, search."""

from bayesips.design.assurance import (
    SplitAssurance,
    conditional_assurance,
    selected_posterior,
    split_assurance,
)
from bayesips.design.bop2 import bop2, bop2_design, bop2_fe_design
from bayesips.design.borrowing_gain import equal_error_power, sweet_spot
from bayesips.design.calibration import Calibrated, calibrate
from bayesips.design.controls import BorrowedControl
from bayesips.design.estimation import (
    effect_bias,
    effect_coverage,
    effect_mean_squared_error,
    expected_borrowing,
    realised_borrowing,
)
from bayesips.design.fisher import FisherDesign
from bayesips.design.looks import (
    OneArm,
    Posterior,
    PredictiveAbove,
    PredictiveBelow,
    TwoArms,
    sequential_design,
)
from bayesips.design.monitoring_rules import lee_liu, thall_simon
from bayesips.design.predictive import predictive_probability, predictive_probability_two_arm
from bayesips.design.rule import Criterion, Rule, ThreeWay
from bayesips.design.search import Goals, SampleSize, sample_size, trade_off, two_arm_candidates
from bayesips.design.sequential import SequentialDesign
from bayesips.design.simon import SimonDesigns, TwoStage, simon
from bayesips.design.single_arm import SingleArmDesign
from bayesips.design.three_way import ThreeWayDesign
from bayesips.design.two_arm import TwoArmDesign
from bayesips.design.worst_case import WorstCase, worst_case

__all__ = [
    "BorrowedControl",
    "Calibrated",
    "Criterion",
    "FisherDesign",
    "Goals",
    "OneArm",
    "Posterior",
    "PredictiveAbove",
    "PredictiveBelow",
    "Rule",
    "SampleSize",
    "SequentialDesign",
    "SimonDesigns",
    "SingleArmDesign",
    "SplitAssurance",
    "ThreeWay",
    "ThreeWayDesign",
    "TwoArmDesign",
    "TwoArms",
    "TwoStage",
    "WorstCase",
    "bop2",
    "bop2_design",
    "bop2_fe_design",
    "calibrate",
    "conditional_assurance",
    "effect_bias",
    "effect_coverage",
    "effect_mean_squared_error",
    "equal_error_power",
    "expected_borrowing",
    "lee_liu",
    "predictive_probability",
    "predictive_probability_two_arm",
    "realised_borrowing",
    "sample_size",
    "selected_posterior",
    "sequential_design",
    "simon",
    "split_assurance",
    "sweet_spot",
    "thall_simon",
    "trade_off",
    "two_arm_candidates",
    "worst_case",
]
