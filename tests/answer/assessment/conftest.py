"""Results that several tests look at, computed once."""

import pytest

from bayesips.answer.assessment import assess
from bayesips.declare.model import load_model
from tests.trial_texts import text


@pytest.fixture
def load(tmp_path):
    """Write a model of a trial with its own controls and load it."""

    def loaded(*parts, **more):
        file = tmp_path / "trial.toml"
        file.write_text(text(*parts, **more))
        return load_model(file)

    return loaded


@pytest.fixture(scope="session")
def model():
    return load_model("hlc001-binary")


@pytest.fixture(scope="session")
def exact(model):
    return assess(model)


@pytest.fixture(scope="session")
def benchmark():
    return assess("hlc001-benchmark")


@pytest.fixture(scope="session")
def nuts(model):
    return assess(model, engine="nuts", sampler={"draws": 600, "tune": 500, "chains": 4})
