"""The NUTS engine: a borrowing method as a PyMC model, sampled by nutpie.

`model_of` builds an ordinary `pm.Model` that a PyMC user can take and extend; `fit` samples it;
`solve` returns the control rate as `Points`. Nothing outside this folder loads PyMC.
"""

from bayesips.engine.nuts.biases import biased, moved
from bayesips.engine.nuts.pymc_builder import model_of
from bayesips.engine.nuts.sampling import diagnose, sample
from bayesips.engine.nuts.solve import fit, points_of, solve
from bayesips.engine.nuts.story import PyMCStory

__all__ = [
    "PyMCStory",
    "biased",
    "diagnose",
    "fit",
    "model_of",
    "moved",
    "points_of",
    "sample",
    "solve",
]
