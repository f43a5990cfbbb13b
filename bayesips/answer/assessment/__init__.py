"""Assessment: a declared model answered, every number in one tree of ArviZ's layout."""

from bayesips.answer.assessment.pymc import pymc_model
from bayesips.answer.assessment.tree import assess

__all__ = ["assess", "pymc_model"]
