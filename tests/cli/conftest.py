"""A small model file of two arms, for the commands."""

import pytest

MODEL = """
name = "two"
question = "Is it higher?"
endpoint = "binary"
landmark_day = 56
[treated]
label = "Treated"
successes = 5
n = 7
prior = [1, 1]
[history]
arms = [{ label = "Study", successes = 8, n = 40 }]
[control]
method = "pooled"
[[decision]]
margin = 0.0
probability = 0.975
"""


@pytest.fixture
def model_file(tmp_path):
    path = tmp_path / "two.toml"
    path.write_text(MODEL, encoding="utf-8")
    return path
