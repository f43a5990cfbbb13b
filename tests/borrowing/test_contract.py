"""Every borrowing method keeps the contract; methods are found by their files."""

import textwrap

import arviz as az
import numpy as np
import pytest
from scipy import stats

from bayesips import borrowing, control_prior, exact, nuts, prob_greater
from bayesips.borrowing import method_class, method_name, names
from bayesips.comparison import compare
from bayesips.control import needs_controls
from bayesips.distributions import BetaMixture
from bayesips.endpoints import Binary
from bayesips.model import load_model
from tests.borrowing import contract
from tests.borrowing.histories import TWO

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


@pytest.mark.xdist_group("nuts")
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


@pytest.fixture
def added(tmp_path, monkeypatch):
    """A folder of the user's, with one method in it."""
    (tmp_path / "half_way.py").write_text(textwrap.dedent(ADDED), encoding="utf-8")
    monkeypatch.setattr(borrowing, "__path__", [*borrowing.__path__, str(tmp_path)])
    yield "half_way"
    monkeypatch.delitem(__import__("sys").modules, "bayesips.borrowing.half_way", raising=False)


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


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'commensurate'"):
        control_prior(TWO, "comensurate")
