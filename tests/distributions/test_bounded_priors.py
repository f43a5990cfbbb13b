"""A model file may declare priors that stop at a bound: the command answers as brute force does."""

import json

import pytest

from bayesips.evidence.arm import Arm
from tests.commands import said
from tests.engine.exact.dense import LOGIT, Dense, counted, graded, log_minus_log, uniform

MODEL = """
name = "bounded"
question = "Is it higher?"
endpoint = "{endpoint}"
landmark_day = 56
[treated]
label = "Treated"
successes = 5
n = 7
prior = [1, 1]
[history]
arms = [{{ label = "A", successes = 0, n = 40 }}, {{ label = "B", successes = 1, n = 44 }}]
[control]
method = "map"
mu = ["uniform", -3, 0]
tau = ["uniform", 0, 1]
[[decision]]
margin = 0.0
probability = 0.975
"""


@pytest.mark.parametrize(
    ("endpoint", "rate"), [("binary", LOGIT), ("landmark", log_minus_log)], ids=lambda x: str(x)[:8]
)
def test_a_model_with_bounded_priors_is_assessed(endpoint, rate, tmp_path):
    path = tmp_path / "bounded.toml"
    path.write_text(MODEL.format(endpoint=endpoint), encoding="utf-8")
    found = json.loads(said("assess", path, "--json"))
    arms = [Arm("A", 0, 40), Arm("B", 1, 44)]
    truth = Dense(counted(arms, rate), rate, -3.0, 0.0, uniform(1.0), graded(1.0))
    assert found["control"]["mean"] == pytest.approx(truth.mean, abs=1e-9)
    assert found["control"]["std"] == pytest.approx(truth.std, abs=1e-9)
    assert found["decision"][0]["error"] < 1e-6
