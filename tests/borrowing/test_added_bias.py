"""A bias is one file: another kind, added in a folder of the user's, in both engines."""

import json
import sys
from math import log

import pytest
from scipy import stats

import bayesips as bips
from bayesips import Arm, control_prior, pymc_model
from bayesips.borrowing import biases
from bayesips.declare.model import load_model
from bayesips.sensitivity import vary
from tests.commands import run, said
from tests.model_texts import CONTROL, GOOD

ADDED = '''
"""A bias given by the 95 % interval of an odds ratio; known where both ends are one."""

from dataclasses import dataclass
from math import log
from typing import Annotated

from bayesips.borrowing.biases.shift import Shift
from bayesips.distributions.kinds import Number
from bayesips.distributions.ranges import POSITIVE
from bayesips.distributions.settings import check_settings


@dataclass(frozen=True)
class OddsRatio:
    """Odds of survival, the trial's controls over history."""

    low: Annotated[float, Number(POSITIVE)]
    high: Annotated[float, Number(POSITIVE)]

    def __post_init__(self) -> None:
        check_settings(self)

    def shift(self) -> Shift:
        low, high = log(self.low), log(self.high)
        return Shift((low + high) / 2, (high - low) / 2 / 1.959963984540054)
'''
KNOWN = '\n[bias]\nera = { kind = "odds_ratio", low = 1.5, high = 1.5 }\n'
UNSURE = '\n[bias]\nera = { kind = "odds_ratio", low = 1.2, high = 2.0 }\n'
MEAN, SD = log(1.2 * 2.0) / 2, float(log(2.0 / 1.2) / 2 / stats.norm.ppf(0.975))
AS_NORMAL = f"\n[bias]\nera = {{ mean = {MEAN!r}, sd = {SD!r} }}\n"
COUNTS = GOOD.replace(CONTROL, '\n[control]\nmethod = "pooled"\n')
ARMS = [Arm("a", 5, 18), Arm("b", 12, 40)]
IN_TIME = GOOD.replace('"binary"', '"landmark"').replace("n = 107", "n = 107, day = 28")


@pytest.fixture(autouse=True)
def added(tmp_path, monkeypatch):
    """A folder of the user's, with one kind of bias in it."""
    (tmp_path / "odds_ratio.py").write_text(ADDED, encoding="utf-8")
    monkeypatch.setattr(biases, "__path__", [*biases.__path__, str(tmp_path)])
    yield
    monkeypatch.delitem(sys.modules, "bayesips.borrowing.biases.odds_ratio", raising=False)


@pytest.fixture
def declared(tmp_path):
    """A model file of this text."""

    def write(text):
        path = tmp_path / "trial.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def assessed(path):
    """The result of the exact engine, as printed."""
    return json.loads(said("assess", path, "--json"))


def test_an_interval_of_an_odds_ratio_is_the_normal_shift_that_it_stands_for(declared):
    found, known, none = (assessed(declared(COUNTS + bias)) for bias in (UNSURE, AS_NORMAL, ""))
    for part in ("mean", "std", "interval"):
        assert found["control"][part] == pytest.approx(known["control"][part], rel=1e-9)
    probability, expected = (each["decision"][0]["probability"] for each in (found, known))
    assert probability == pytest.approx(expected, rel=1e-9)
    assert probability < none["decision"][0]["probability"] - 0.001


def test_survival_on_other_days_takes_the_same_shift(declared):
    found, known, none = (assessed(declared(IN_TIME + bias)) for bias in (UNSURE, AS_NORMAL, ""))
    days = [(28, 0), (56, 1)]
    for day, place in days:
        own, normal, plain = (each["survival"][place] for each in (found, known, none))
        assert own["day"] == day
        assert own == pytest.approx(normal, rel=1e-9)
        assert own["control_mean"] > plain["control_mean"] + 0.01


def test_a_known_odds_ratio_multiplies_the_odds_of_every_quantile():
    plain, moved = (control_prior(ARMS, "map", bias=each) for each in ((), {"era": own()}))
    levels = [0.025, 0.5, 0.975]
    before, after = plain.ppf(levels), moved.ppf(levels)
    assert after / (1 - after) == pytest.approx(1.5 * before / (1 - before), rel=1e-6)


def own():
    """The known odds ratio as a user of Python has it."""
    return biases.bias_class("odds_ratio")(1.5, 1.5)


@pytest.mark.parametrize(
    "given",
    [
        {"era": {"kind": "odds_ratio", "low": 1.5, "high": 1.5}},
        [("era", {"kind": "odds_ratio", "low": 1.5, "high": 1.5})],
        {"era": (log(1.5), 0)},
        [("era", log(1.5), 0)],
    ],
)
def test_every_form_in_python_is_one_bias(given):
    assert biases.named(given) == biases.named({"era": own()}) == (("era", log(1.5), 0),)


@pytest.mark.parametrize(
    ("text", "unknown"), [(GOOD + UNSURE, {"bias_era"}), (IN_TIME + UNSURE, {"bias_era"}),
                          (GOOD + KNOWN, set())], ids=["unsure", "in time", "known"]
)  # fmt: skip
def test_nuts_takes_the_shift_from_the_file_of_the_kind(declared, text, unknown):
    built = pymc_model(load_model(declared(text)))
    assert "control_biased" in built.named_vars
    assert {name for name in built.named_vars if name.startswith("bias_")} == unknown


def test_the_unknown_of_nuts_has_the_mean_and_sd_of_the_interval(declared):
    built = pymc_model(load_model(declared(GOOD + UNSURE)))
    logp = built.compile_logp(vars=[built["bias_era"]])
    for x in (-0.3, 0.2, 1.0):
        point = built.initial_point() | {"bias_era": x}
        assert float(logp(point)) == pytest.approx(stats.norm(MEAN, SD).logpdf(x), rel=1e-9)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (
            'kind = "odds_ration", low = 1, high = 2',
            "[bias.era] kind: 'odds_ration' given; al",
        ),
        ('kind = "odds_ratio", low = 0, high = 2', "[bias.era] low: 0 given; a number above 0"),
        ('kind = "odds_ratio", low = 1, hihg = 2', "(did you mean 'high'?)"),
        ('kind = "odds_ratio", low = 1, high = 2, sd = 1', "[bias.era] sd: unknown key"),
        ("kind = 3, mean = 0, sd = 1", "[bias.era] kind: 3 given; allowed are 'normal', 'odds_"),
    ],
)
def test_its_settings_are_read_and_refused_by_name(declared, settings, why):
    result = run("assess", declared(f"{GOOD}\n[bias]\nera = {{ {settings} }}\n"), "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert why in result.stderr


def test_it_is_a_value_of_an_axis_of_sensitivity(declared):
    model = load_model(declared(GOOD))
    kind = {"era": {"kind": "odds_ratio", "low": 1.2, "high": 2.0}}
    cells = vary(model, {"bias": [kind, {"era": (MEAN, SD)}, None]})
    means = cells.control_mean.values
    assert means[0] == pytest.approx(means[1], rel=1e-9)
    assert means[0] > means[2]
    with pytest.raises(bips.Refused, match=r"low is -1; a number above 0"):
        vary(model, {"bias": [{"era": {"kind": "odds_ratio", "low": -1, "high": 2}}]})


@pytest.mark.parametrize(
    "form", [{"kind": "odds_ratio", "low": 1}, {"kind": "odd_ratio"}, (1, 2, 3)]
)
def test_what_is_no_bias_is_refused_in_words(form):
    with pytest.raises(bips.Refused, match=r"a bias is .*mean, sd"):
        control_prior(ARMS, "pooled", bias={"era": form})
