"""BARG, Bayesian Analysis Reporting Guidelines (Kruschke 2021, Nat Hum Behav 5:1282)."""

from __future__ import annotations

from bayesips.report.answers import WHY_PRIORS, always_lacking, assumed, computed, found

TITLE = "BARG, Bayesian Analysis Reporting Guidelines"
SOURCE = (
    "Kruschke 2021, Nat Hum Behav 5:1282, doi:10.1038/s41562-021-01177-7. The points are "
    "paraphrased; the paper decides."
)
POINTS = (
    ("Preamble: why a Bayesian analysis", always_lacking("why a Bayesian analysis was chosen")),
    ("Preamble: goals of the analysis", found.question),
    ("1. Model: the data", assumed.data),
    ("1. Model: likelihood and its parameters", assumed.likelihood),
    ("1. Model: the prior", assumed.priors),
    ("1. Model: why this prior", always_lacking(WHY_PRIORS)),
    ("1. Model: formal specification", assumed.specification),
    ("1. Model: prior predictive check", assumed.prior_predictive),
    ("2. Computation: software", computed.software),
    ("2. Computation: convergence of chains, or what stands in its place", computed.convergence),
    ("2. Computation: how exactly the numbers are known", computed.precision),
    ("3. Posterior: predictive check", found.posterior_check),
    ("3. Posterior: central tendency", found.summaries),
    ("3. Posterior: credible interval", found.spreads),
    ("3. Posterior: Bayes factor, with the least prior probabilities that it needs",
     always_lacking("one only if you claim it; none is computed, and no decision rests on one")),
    ("4. Decision: the criterion", found.criterion),
    ("4. Decision: why this criterion (loss function, region of practical equivalence)",
     always_lacking("what a wrong claim and a missed one would cost, or why this threshold")),
    ("5. Sensitivity: priors and history", found.sensitivity),
    ("5. Sensitivity: the data", found.outcomes),
    ("6. Reproducibility: everything needed to repeat it", computed.repeated),
)  # fmt: skip
