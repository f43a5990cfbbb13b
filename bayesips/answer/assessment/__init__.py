"""Assessment: a declared model answered, every number in one tree of ArviZ's layout."""

from bayesips.answer.assessment.pymc import pymc_model
from bayesips.answer.assessment.tree import Assessment, assess, assessment

__all__ = ["Assessment", "assess", "assessment", "pymc_model"]
