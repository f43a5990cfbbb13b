"""An endpoint is one file: a second endpoint of counts, added in a folder of the user's."""

import json
import sys

import pytest

import bayesips as bips
from bayesips import endpoints
from bayesips.declare.model import load_model
from bayesips.sensitivity import vary
from tests.commands import run, said
from tests.model_texts import DECISION, TOP, TREATED

ADDED = '''
"""Counts of history by an imperfect test: a share of results is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Annotated, Any, ClassVar

from bayesips.distributions.link import DEFAULTS, LINKS, Link
from bayesips.distributions.ranges import Range
from bayesips.distributions.kinds import Number
from bayesips.distributions.settings import check_settings
from bayesips.endpoints.counts import binary_reading
from bayesips.endpoints.likelihood import Term

ABOVE_HALF = Number(Range(0.5, 1, closed=True))


@dataclass(frozen=True)
class ImperfectTest:
    """Binomial with P(positive) = accuracy theta + (1 - accuracy) (1 - theta)."""

    accuracy: Annotated[float, ABOVE_HALF] = 1.0
    in_time: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_settings(self)

    @property
    def scale(self) -> Link:
        return LINKS["logit"]

    @property
    def defaults(self) -> dict[str, tuple[Any, ...]]:
        return DEFAULTS["logit"]

    @property
    def conjugate(self) -> bool:
        return False

    def at(self, day):
        return self

    def reaches(self, day):
        return True

    def reading(self, arms, day):
        return binary_reading(tuple(arms), day)

    def tell(self, build):
        return None

    def chains(self, arm, eta, shape, math):
        rate, miss = self.scale.log_rate(eta, math), self.scale.log_miss(eta, math)
        row = (arm.relation, arm.successes)
        return [(0.0, [Term((row,), self._log(rate, miss, math), self._log(miss, rate, math))])]

    def _log(self, this, other, math):
        """Log probability of a result: true, or the false one of the other kind."""
        true, false = self.accuracy, 1 - self.accuracy
        return this if not false else math.logsumexp(
            math.stack([log(true) + this, log(false) + other])
        )

    def translation(self, arm, shape):
        return None
'''
MODEL = (
    TOP
    + TREATED
    + """
[history]
arms = [{ label = "A", successes = 23, n = 107 }, { label = "B", successes = 12, n = 44 }]
[control]
method = "map"
"""
    + DECISION
)
IMPERFECT = MODEL.replace('"binary"', '"imperfect_test"') + "[imperfect_test]\n"


@pytest.fixture(autouse=True)
def added(tmp_path, monkeypatch):
    """A folder of the user's, with one endpoint in it."""
    (tmp_path / "imperfect_test.py").write_text(ADDED, encoding="utf-8")
    monkeypatch.setattr(endpoints, "__path__", [*endpoints.__path__, str(tmp_path)])
    yield
    monkeypatch.delitem(sys.modules, "bayesips.endpoints.imperfect_test", raising=False)


@pytest.fixture
def declared(tmp_path):
    """A model file of the added endpoint, with these settings."""

    def write(settings):
        path = tmp_path / "trial.toml"
        path.write_text(IMPERFECT + settings, encoding="utf-8")
        return path

    return write


def of_binary(tmp_path):
    """The same trial under the binary endpoint."""
    path = tmp_path / "binary.toml"
    path.write_text(MODEL, encoding="utf-8")
    return json.loads(said("assess", path, "--json"))


def test_a_perfect_test_is_the_binary_endpoint(declared, tmp_path):
    found = json.loads(said("assess", declared(""), "--json"))
    known = of_binary(tmp_path)
    for part in ("mean", "std"):
        assert found["control"][part] == pytest.approx(known["control"][part], abs=1e-8)
    probability = known["decision"][0]["probability"]
    assert found["decision"][0]["probability"] == pytest.approx(probability, abs=1e-8)


def test_a_known_error_of_the_test_is_taken_off(declared, tmp_path):
    """Of rates below 1/2 more is seen than there was: 0.9 theta + 0.1 (1 - theta)."""
    found = json.loads(said("assess", declared("accuracy = 0.9"), "--json"))
    assert found["control"]["mean"] < of_binary(tmp_path)["control"]["mean"] - 0.02


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ("accuracy = 0.4", "[imperfect_test] accuracy: 0.4 given; a number from 0.5 to 1"),
        ("acuracy = 0.9", "acuracy: unknown key (did you mean 'accuracy'?)"),
    ],
)
def test_its_settings_are_read_and_refused_by_name(declared, settings, why):
    result = run("assess", declared(settings), "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert why in result.stderr


def test_it_is_an_axis_of_sensitivity_by_its_name(declared):
    model = load_model(declared("accuracy = 0.9"))
    axes = {"imperfect_test.accuracy": [0.8, 1.0], "endpoint": ["imperfect_test", "binary"]}
    cells = vary(model, axes)
    means = cells.control_mean.values
    assert means[0, 0] < means[1, 0]
    assert means[1, 0] == pytest.approx(means[1, 1], abs=1e-6)
    with pytest.raises(bips.Refused, match=r"2 given; a number from 0\.5 to 1"):
        vary(model, {"imperfect_test.accuracy": [2]})
