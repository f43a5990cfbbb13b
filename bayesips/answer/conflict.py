"""Prior-data conflict: is history held against the trial's own controls, or against itself."""

from bayesips.answer.conflict_stages import StagedConflict, evans_moshonov_stages
from bayesips.distributions.conflict import (
    ArmConflict,
    box_mid_p_value,
    box_p_value,
    conflict_power,
    evans_moshonov_p_value,
    leave_one_out,
    smallest_detectable_drift,
    surprise,
)

__all__ = [
    "ArmConflict",
    "StagedConflict",
    "box_mid_p_value",
    "box_p_value",
    "conflict_power",
    "evans_moshonov_p_value",
    "evans_moshonov_stages",
    "leave_one_out",
    "smallest_detectable_drift",
    "surprise",
]
