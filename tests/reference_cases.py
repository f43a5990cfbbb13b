"""Reference numbers kept beside the tests, and the mixtures in them."""

import json
from pathlib import Path

import numpy as np

from bayesips.distributions import BetaMixture

FOLDER = Path(__file__).resolve().parent / "reference"


def load(name):
    """The cases of one file."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def published(name):
    """One published case."""
    return next(case for case in load("published_mixtures") if case["id"] == name)


def identified(case):
    """How a test names a case."""
    return case["id"]


def mixture(declared):
    """A Beta mixture from its declaration; weights are printed to few digits."""
    weights = np.array(declared["w"])
    return BetaMixture(weights / weights.sum(), declared["a"], declared["b"])
