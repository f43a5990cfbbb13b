"""Results that several tests look at, computed once."""

import pytest

from bayesips.answer.assessment import assess
from bayesips.declare.model import load_model


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
