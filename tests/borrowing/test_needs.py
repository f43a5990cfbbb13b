"""What a method needs of a model file stands in its own class: an added file is enough."""

import json
import textwrap

import pytest

from bayesips import borrowing
from bayesips.answer.comparison import compare
from bayesips.borrowing import method_class
from bayesips.declare.model import ModelError, load_model
from bayesips.sensitivity import vary
from tests.borrowing import contract
from tests.commands import said
from tests.model_texts import DECISION, TOP, TREATED

ADDED = '''
    """Two arms, each counted by its own known part."""
    {future}
    from dataclasses import dataclass
    from typing import ClassVar

    from bayesips.borrowing.method import NumberPerArm


    @dataclass(frozen=True)
    class TwoParts:
        """Known parts of two arms."""

        part: NumberPerArm = 0.5
        title: ClassVar[str] = "known parts of two arms"
        arms_needed: ClassVar[tuple[int, int | None]] = (1, 2)
        stated: ClassVar[tuple[str, ...]] = ("part",)
        takes_strata: ClassVar[bool] = True

        def misfits(self, history):
            """Parts that are more than an arm of few patients may have."""
            for arm in history:
                if arm.n < 10:
                    yield "part", f"{arm.label} has {arm.n} patients; allowed are 10 or more"
                if "era" not in dict(arm.covariates):
                    yield "covariates", f"{arm.label} has no era"

        def tell(self, build, history):
            """Tell it: each arm counts for its part."""
            parts = self.part if isinstance(self.part, tuple) else [self.part] * len(history)
            given = list(zip(history, parts, strict=True))
            return build.conjugate("control", 1.0, 1.0, given=given)
'''

MODEL = (
    TOP
    + TREATED
    + """
[history]
arms = [
    { label = "A", successes = 8, n = 40, covariates = { era = 1990 } },
    { label = "B", successes = 3, n = 20, covariates = { era = 2001 } },
]
[control]
method = "two_parts"
part = [0.25, 0.5]
"""
    + DECISION
)
THIRD = '{ label = "C", successes = 1, n = 20, covariates = { era = 2005 } },\n]\n[control]'


@pytest.fixture(params=["", "from __future__ import annotations"], ids=["plain", "future"])
def added(request, tmp_path, monkeypatch):
    """A folder of the user's, with one method in it."""
    text = textwrap.dedent(ADDED).replace("{future}", request.param)
    (tmp_path / "two_parts.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(borrowing, "__path__", [*borrowing.__path__, str(tmp_path)])
    yield "two_parts"
    monkeypatch.delitem(__import__("sys").modules, "bayesips.borrowing.two_parts", raising=False)


@pytest.fixture
def model_file(added, tmp_path):
    """Writes the model, something in it changed."""

    def written(old="", new=""):
        path = tmp_path / "parts.toml"
        path.write_text(MODEL.replace(old, new) if old else MODEL, encoding="utf-8")
        return path

    return written


def test_a_number_for_each_arm_is_read_from_a_model_file(model_file):
    found = json.loads(said("assess", model_file(), "--json"))
    mean = (1 + 8 / 4 + 3 / 2) / (2 + 40 / 4 + 20 / 2)
    assert found["control"]["mean"] == pytest.approx(mean, rel=1e-12)


def test_one_number_for_all_arms_is_read_too(model_file):
    model = load_model(model_file("part = [0.25, 0.5]", "part = 0.25"))
    assert model.method == method_class("two_parts")(0.25)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[0.25, 0.5]", "[0.25]", "[control] part: the list [0.25] given; one number, or one for"),
        ("[0.25, 0.5]", "'half'", "part: 'half' given; a finite number is required, or a list"),
        (
            "part = [0.25, 0.5]",
            "",
            "[control] part: missing; method 'two_parts' is nothing",
        ),
        (
            "]\n[control]",
            THIRD,
            "3 arms with counts given; method 'two_parts' needs 1 to 2",
        ),
        ("n = 20", "n = 9", "part: the list [0.25, 0.5] given; B has 9 patients; allowed are 10"),
        ("covariates = { era = 2001 }", "day = 56", "[history] covariates: B has no era"),
    ],
)
def test_what_does_not_fit_is_told_in_words(model_file, old, new, told):
    with pytest.raises(ModelError) as caught:
        load_model(model_file(old, new))
    assert told in str(caught.value)


def test_its_arms_may_be_strata_of_one_study(added):
    axes = {"control.method": ["map", added], "history.control_set": ["ventilation"]}
    cells = vary(load_model("hlc001-binary"), axes)
    reasons = cells["reason"].to_numpy().ravel()
    assert "strata of one study" in str(reasons[0])
    assert added in str(reasons[0])
    assert not reasons[1]


def test_it_keeps_the_contract_and_is_compared(added):
    for check in contract.checks_of(method_class(added)):
        check(contract.example(added))
    assert added in compare(load_model("hlc001-binary"))["method"].values
