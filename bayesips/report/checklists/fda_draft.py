"""Points of the FDA's draft guidance on Bayesian methodology (January 2026): our own list."""

from __future__ import annotations

from bayesips.report.answers import WHY_PRIORS, always_lacking, assumed, computed, found

TITLE = "FDA draft guidance on Bayesian methodology, January 2026"
SOURCE = (
    "Docket FDA-2025-D-3217. It is a draft and may change. This list is ours, of points that we "
    "read in it; it is no official form and shows no agreement of any agency."
)
POINTS = (
    ("Success criterion stated", found.criterion),
    ("Criterion calibrated to one-sided 2.5 %, or the posterior read directly", found.route),
    ("Prior justified", always_lacking(WHY_PRIORS)),
    ("Borrowing: what is borrowed, from where", assumed.data),
    ("Borrowing: why these sources are comparable",
     always_lacking("why these patients are comparable; the doubts are listed, no reasons")),
    ("How much is borrowed (effective sample size)", assumed.worth),
    ("Conflict between the prior and the data", found.conflict),
    ("Operating characteristics, by simulation or exactly", found.operating),
    ("Software documented", computed.software),
    ("Software validated for this use",
     always_lacking("how the software was validated for this use; the result does not know")),
)  # fmt: skip
