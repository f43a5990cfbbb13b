"""Designs of a next trial: rules, exact operating characteristics, sequential plans, search."""

from bayesips.designs.accrual import Accrual
from bayesips.designs.adverse_events import (
    event_rate,
    fewest_events,
    safety_rule,
    stopping_probability,
)
from bayesips.designs.analyses import AgainstHistory, OneArm, TwoArms
from bayesips.designs.arm_analysis import BorrowedControl
from bayesips.designs.assurance import (
    SplitAssurance,
    conditional_assurance,
    selected_posterior,
    split_assurance,
)
from bayesips.designs.bop2 import Bop2, bop2, bop2_design, bop2_fe_design
from bayesips.designs.borrowing_gain import equal_error_power, sweet_spot
from bayesips.designs.calibration import Calibrated, calibrate
from bayesips.designs.efficacy_and_safety import CELLS, JointCharacteristics, JointDesign
from bayesips.designs.estimation import (
    effect_bias,
    effect_coverage,
    effect_mean_squared_error,
    expected_borrowing,
    realised_borrowing,
)
from bayesips.designs.fisher import FisherDesign
from bayesips.designs.looks import (
    MonitoredDesign,
    Posterior,
    PredictiveAbove,
    PredictiveBelow,
    sequential_design,
)
from bayesips.designs.monitoring_rules import lee_liu, thall_simon
from bayesips.designs.predictive import predictive_probability, predictive_probability_two_arm
from bayesips.designs.rule import Criterion, Rule, ThreeWay
from bayesips.designs.search import Goals, SampleSize, sample_size, trade_off, two_arm_candidates
from bayesips.designs.sequential import SequentialDesign
from bayesips.designs.simon import SimonDesigns, TwoStage, simon
from bayesips.designs.single_arm import SingleArmDesign
from bayesips.designs.three_way import ThreeWayDesign
from bayesips.designs.two_arm import TwoArmDesign
from bayesips.designs.unconditional import UnconditionalDesign, barnard, boschloo
from bayesips.designs.worst_case import WorstCase, worst_case

__all__ = [
    "CELLS",
    "Accrual",
    "AgainstHistory",
    "Bop2",
    "BorrowedControl",
    "Calibrated",
    "Criterion",
    "FisherDesign",
    "Goals",
    "JointCharacteristics",
    "JointDesign",
    "MonitoredDesign",
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
    "UnconditionalDesign",
    "WorstCase",
    "barnard",
    "bop2",
    "bop2_design",
    "bop2_fe_design",
    "boschloo",
    "calibrate",
    "conditional_assurance",
    "effect_bias",
    "effect_coverage",
    "effect_mean_squared_error",
    "equal_error_power",
    "event_rate",
    "expected_borrowing",
    "fewest_events",
    "lee_liu",
    "predictive_probability",
    "predictive_probability_two_arm",
    "realised_borrowing",
    "safety_rule",
    "sample_size",
    "selected_posterior",
    "sequential_design",
    "simon",
    "split_assurance",
    "stopping_probability",
    "sweet_spot",
    "thall_simon",
    "trade_off",
    "two_arm_candidates",
    "worst_case",
]
