"""How much a prior is worth, in patients."""

from bayesips.answer.information.effective_sample_size import (
    ess,
    ess_by_outcome,
    ess_error,
    ess_reason,
    realised_ess,
)

__all__ = ["ess", "ess_by_outcome", "ess_error", "ess_reason", "realised_ess"]
