"""Every borrowing method keeps the contract; methods are found by their files."""

import json
import re
import textwrap

import arviz as az
import numpy as np
import pytest
from scipy import stats

from bayesips import borrowing, control_prior, prob_greater
from bayesips.answer.comparison import compare
from bayesips.answer.control import needs_controls
from bayesips.borrowing import method_class, method_name, names
from bayesips.declare.model import load_model
from bayesips.distributions import BetaMixture
from bayesips.endpoints import Binary
from bayesips.engine import exact, nuts
from tests.borrowing import contract
from tests.borrowing.histories import TWO
from tests.commands import said
from tests.model_texts import DECISION, TOP, TREATED

TOLD = [name for name in names() if not needs_controls(method_class(name))]
CHEAP = ("normalized_power", "commensurate")
MCSE = 5

CASES = [
    pytest.param(name, check, id=f"{name} {check.__name__}")
    for name in names()
    for check in contract.checks_of(method_class(name))
]


@pytest.mark.parametrize(("name", "check"), CASES)
def test_every_method(name, check):
    check(contract.example(name))


def agrees(draws, expected):
    """Whether the mean of draws (chain, draw) lies within 5 MCSE."""
    error = max(float(az.mcse(draws)), 1e-12)
    return abs(draws.mean() - expected) < MCSE * error


@pytest.mark.parametrize(
    "name", [name if name in CHEAP else pytest.param(name, marks=pytest.mark.slow) for name in TOLD]
)
def test_both_engines_agree(name):
    method = contract.example(name)
    answer = exact.solve(method, TWO, endpoint=Binary())
    tree = nuts.fit(method, TWO, endpoint=Binary(), seed=20261122, draws=2000)
    draws = tree.posterior["control"].values
    treated = BetaMixture([1.0], [6.0], [3.0])
    benefit = stats.beta(6, 3).sf(np.clip(draws, 0, 1))
    assert agrees(draws, float(answer.mean()))
    assert agrees((draws - float(answer.mean())) ** 2, float(answer.std()) ** 2)
    assert agrees(benefit, float(prob_greater(treated, answer)))


ADDED = '''
    """A method that a user adds: halfway between pooling and a known rate."""

    from dataclasses import dataclass
    from typing import ClassVar


    @dataclass(frozen=True)
    class HalfWay:
        """Half of every historical patient."""

        part: float = 0.5
        title: ClassVar[str] = "half of every patient"

        def tell(self, build, history):
            """Tell it: each arm counts for a part of itself."""
            given = [(arm, self.part) for arm in history]
            return build.conjugate("control", 1.0, 1.0, given=given)
'''


# A model that declares it.
DECLARING = (
    TOP
    + TREATED
    + """
[history]
arms = [{ label = "Study", successes = 8, n = 40 }]
[control]
method = "half_way"
part = 0.25
"""
    + DECISION
)


@pytest.fixture
def added(tmp_path, monkeypatch):
    """A folder of the user's, with one method in it."""
    (tmp_path / "half_way.py").write_text(textwrap.dedent(ADDED), encoding="utf-8")
    monkeypatch.setattr(borrowing, "__path__", [*borrowing.__path__, str(tmp_path)])
    yield "half_way"
    monkeypatch.delitem(__import__("sys").modules, "bayesips.borrowing.half_way", raising=False)


@pytest.fixture
def declaring(tmp_path):
    """A model file that names it."""
    path = tmp_path / "half.toml"
    path.write_text(DECLARING, encoding="utf-8")
    return path


def test_an_added_file_is_a_method_by_its_name(added):
    assert added in names()
    answer = control_prior(TWO, added)
    assert float(answer.mean()) == pytest.approx((1 + 21 / 2) / (2 + 75 / 2), abs=1e-14)
    assert method_name(method_class(added)()) == added


def test_an_added_method_keeps_the_contract(added):
    for check in contract.checks_of(method_class(added)):
        check(contract.example(added))


def test_an_added_method_is_compared_with_the_others(added):
    table = compare(load_model("hlc001-binary"))
    assert added in table["method"].values


def test_an_added_method_is_a_row_of_the_command_that_compares(added, monkeypatch):
    # of what is found only these, for speed; the test above compares all
    few = tuple(name for name in names() if name in ("map", "pooled", added))
    monkeypatch.setattr(borrowing, "names", lambda: few)
    rows = [line for line in said("compare", "hlc001-binary").splitlines() if added in line]
    assert len(rows) == 2  # its control and decision, and every outcome
    assert all("%" in row or "*" in row for row in rows)


def test_an_added_method_is_assessed_as_a_model_file_declares_it(added, declaring):
    found = json.loads(said("assess", declaring, "--json"))
    assert found["control"]["mean"] == pytest.approx((1 + 8 / 4) / (2 + 40 / 4), rel=1e-12)


def test_an_added_method_is_on_the_page_by_its_title(added, declaring, tmp_path):
    said("assess", declaring, "--out", tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "by the method half of every patient" in page
    assert re.search(r"Method</t[hd]>\s*<td[^>]*>half of every patient", page)


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'commensurate'"):
        control_prior(TWO, "comensurate")
