"""ROBUST, Reporting Of Bayes Used in clinical STudies (Sung et al. 2005): seven items."""

from __future__ import annotations

from bayesips.report.answers import WHY_PRIORS, always_lacking, assumed, computed, found

TITLE = "ROBUST, Reporting Of Bayes Used in clinical STudies"
SOURCE = (
    "Sung et al. 2005, J Clin Epidemiol 58:261: seven items. They are paraphrased; the paper "
    "decides."
)
POINTS = (
    ("Prior: specified", assumed.priors),
    ("Prior: justified", always_lacking(WHY_PRIORS)),
    ("Prior: sensitivity analysis", found.sensitivity),
    ("Analysis: statistical model", assumed.likelihood),
    ("Analysis: analytical technique", computed.technique),
    ("Results: measure of central tendency", found.summaries),
    ("Results: standard deviation or credible interval", found.spreads),
)
