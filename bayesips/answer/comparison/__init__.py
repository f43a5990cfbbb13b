"""All borrowing methods side by side on one model: every outcome, and every control count."""

from bayesips.answer.comparison.controls import (
    compare_with_controls,
    counts_in_words,
    hyperprior_stage,
)
from bayesips.answer.comparison.entries import DECLARED, Entry, entries_of
from bayesips.answer.comparison.outcomes import NEEDS_CONTROLS, compare

__all__ = [
    "DECLARED",
    "NEEDS_CONTROLS",
    "Entry",
    "compare",
    "compare_with_controls",
    "counts_in_words",
    "entries_of",
    "hyperprior_stage",
]
