"""Sensitivity: all defensible analyses at once, and the smallest change that flips the answer."""

from bayesips.sensitivity.multiverse import share_supported, vary

__all__ = ["share_supported", "vary"]
