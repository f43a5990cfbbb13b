"""A small trial made by hand: its arms, and its control as a Beta mixture."""

import numpy as np
from scipy import stats

N, SURVIVORS = 7, 5
ARMS = (
    # label, successes, n, day, relation, flags
    ("Kantrow 1997, all IPS", 18, 85, "discharge", "=", "day of discharge unknown"),
    ("Fukuda 2003, all IPS (NMA+conventional)", 20, 81, "not stated", "=", "day not stated"),
    ("Tizon 2012, CS alone (1999-2003)", 8, 22, "day 28", "=", "day 28, not day 56"),
    ("Zhu 2008, early-onset IPS", 3, 23, "day 100", "<=", "bound read as a count (at most)"),
    ("Sano 2014, IPS", 3, 14, "not stated", "=", "day not stated"),
    ("Yanik 2014, placebo+CS", 9, 18, "day 56", ">=", "bound read as a count (at least)"),
)
CONTROL = (np.array([0.5, 0.3, 0.2]), np.array([6.0, 3.0, 1.0]), np.array([18.0, 6.0, 1.0]))


def mixture(function, x):
    """A function of each Beta part of the control, weighted."""
    weights, a, b = CONTROL
    return (weights * getattr(stats.beta(a, b), function)(np.asarray(x)[..., None])).sum(-1)


def greater(survivors, margin):
    """P(treated - control > margin) on a fine grid; the treated prior is flat."""
    rate = (np.arange(4000) + 0.5) / 4000
    tail = stats.beta.sf(np.clip(rate + margin, 0, 1), 1 + survivors, 1 + N - survivors)
    return float((mixture("pdf", rate) * tail).mean())


def predicted(survivors):
    """How often a count is seen if the treated fare as controls do."""
    weights, a, b = CONTROL
    return (weights * stats.betabinom.pmf(survivors[:, None], N, a, b)).sum(-1)
