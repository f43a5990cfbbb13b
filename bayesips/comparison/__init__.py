"""All borrowing methods side by side on one model: every outcome, and every control count."""

from bayesips.comparison.controls import compare_with_controls
from bayesips.comparison.entries import Entry, entries_of
from bayesips.comparison.outcomes import NEEDS_CONTROLS, compare

__all__ = ["NEEDS_CONTROLS", "Entry", "compare", "compare_with_controls", "entries_of"]
