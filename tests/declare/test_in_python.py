"""A model built in Python is the model of the file, and says what is wrong in words."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bayesips as bips
from bayesips.declare.model import load_model
from bayesips.errors import Refused
from tests.commands import run

COUNTS = [(23, 107), (12, 44), (19, 51), (9, 39), (39, 139), (6, 20), (9, 78), (10, 35)]
ROWS = [(f"Study {place}", *count) for place, count in enumerate(COUNTS, start=1)]
TREATED, OWN = ("Secukinumab", 14, 23), ("Placebo", 1, 6)
FRAME = pd.DataFrame(ROWS, columns=["study", "successes", "n"])
FILE = f"""
name = "as"
question = "Is it better?"
endpoint = "binary"
[treated]
label = "Secukinumab"
successes = 14
n = 23
prior = [1, 1]
[concurrent]
label = "Placebo"
successes = 1
n = 6
[history]
arms = [{", ".join(f'{{ label = "{a}", successes = {b}, n = {c} }}' for a, b, c in ROWS)}]
[control]
method = "map"
mu = ["normal", 0, 2]
tau = ["half_normal", 0.5]
robust = {{ weight = 0.2 }}
[[decision]]
margin = 0.0
probability = 0.95
"""
MAP = bips.Map(mu=("normal", 0, 2), tau=("half_normal", 0.5))


class Polars:
    """The part of a polars DataFrame that is asked: columns, and rows as dictionaries."""

    columns = ("label", "successes", "n")

    def to_dicts(self):
        """Rows by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in ROWS]


def csv_file(folder):
    """An evidence file of the rows."""
    place = folder / "history.csv"
    FRAME.to_csv(place, index=False)
    return place


def built(arms=ROWS, **more):
    """The model in Python."""
    parts = {"concurrent": OWN, "method": MAP, "robust": 0.2, "decisions": [(0.0, 0.95)]}
    return bips.model(arms, TREATED, **{**parts, **more})


def answer(model):
    """P(effect > margin) and what the control comes to."""
    tree = bips.assess(model)
    return np.array([float(tree["decision"]["probability"].item()), float(tree["control"]["mean"])])


@pytest.fixture(scope="module")
def from_file(tmp_path_factory):
    """What the model of a file answers."""
    place = tmp_path_factory.mktemp("file") / "as.toml"
    place.write_text(FILE, encoding="utf-8")
    return answer(load_model(place))


@pytest.mark.parametrize(
    "arms",
    [
        [bips.Arm(*row) for row in ROWS],
        COUNTS,
        dict(zip("abcdefgh", COUNTS, strict=True)),
        [{"label": label, "successes": r, "n": n} for label, r, n in ROWS],
        FRAME,
        FRAME.assign(n=FRAME["n"].astype(float), day=None).drop(columns="day"),
        Polars(),
        "csv",
        "evidence",
    ],
    ids=["arms", "pairs", "mapping", "tables", "pandas", "floats", "polars", "csv", "evidence"],
)
def test_arms_in_any_form_give_the_answer_of_the_file(arms, from_file, tmp_path):
    forms = {"csv": lambda: str(csv_file(tmp_path))}
    forms["evidence"] = lambda: bips.load_evidence(csv_file(tmp_path)).select("all")
    given = forms[arms]() if isinstance(arms, str) else arms
    assert answer(built(given)) == pytest.approx(from_file, abs=1e-12)


@pytest.mark.parametrize(
    "parts",
    [
        {"method": {"method": "map", "mu": ["normal", 0, 2], "tau": ["half_normal", 0.5]}},
        {"robust": bips.Robust(0.2)},
        {"robust": {"weight": 0.2, "mean": 0.5, "n": 1}},
        {"prior": (1, 1)},
        {"prior": {"mean": 0.5, "n": 2}},
        {"prior": bips.elicit.from_mean_sd(0.5, np.sqrt(1 / 12))},
        {"decisions": bips.Criterion(0.0, 0.95)},
        {"decisions": [{"margin": 0.0, "probability": 0.95}]},
        {"endpoint": "binary", "scale": "difference", "bias": {}},
        {"endpoint": bips.Binary()},
    ],
    ids=str,
)
def test_parts_in_any_form_are_the_same_model(parts, from_file):
    assert answer(built(**parts)) == pytest.approx(from_file, abs=1e-9)


def test_without_further_parts_it_is_a_map_against_no_effect():
    model = bips.model(ROWS, TREATED)
    assert isinstance(model.method, bips.Map)
    assert (model.robust, model.concurrent, model.bias) == (None, None, ())
    assert [(each.margin, each.probability) for each in model.decisions] == [(0, 0.975)]
    ratio = bips.model(ROWS, TREATED, scale="odds_ratio")
    assert [each.margin for each in ratio.decisions] == [1]


def test_it_is_compared_varied_and_put_on_a_page(tmp_path):
    model = built(name="as")
    assert float(bips.compare(model).sel({"method": "map"})["mean"]) > 0
    cells = bips.vary(model, {"control.robust.weight": [0, 0.5]})
    assert cells.settled.all()
    assert "Secukinumab" in bips.conclusion(bips.assess(model))
    assert "control_rate" in bips.pymc_model(model).named_vars
    bips.assess(model).to_netcdf(tmp_path / "result.nc", engine="h5netcdf")
    assert run("report", tmp_path / "result.nc").exit_code == 0
    assert "Secukinumab" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_it_shows_itself_in_a_line_and_a_table():
    model = built(name="as")
    assert repr(model).startswith("Model(named as; question Is the rate with Secukinumab higher")
    trial = "treated Secukinumab 14/23; own controls Placebo 1/6"
    assert repr(model).endswith(f"{trial}; history 8 arms by map)")
    assert "<td" in model._repr_html_()


def test_rows_of_the_same_patients_in_a_frame_make_one_arm():
    frame = pd.DataFrame(
        {"study": ["A", "A", "B"], "successes": [9, 7, 3], "n": 20, "day": [28, 56, 56]}
    )
    model = bips.model(frame, TREATED, landmark_day=56)
    assert [arm.rows for arm in model.history] == [((28, "=", 9), (56, "=", 7)), ((56, "=", 3),)]
    assert [arm.successes for arm in model.arms] == [7, 3]


@pytest.mark.parametrize(
    ("arms", "treated", "parts", "said"),
    [
        (3, TREATED, {}, "arms: 3 given; a list of arms is required"),
        ([0.3], TREATED, {}, "arms: 0.3 given; an Arm is required, or (successes, n)"),
        ("nowhere.csv", TREATED, {}, "nowhere.csv: there is no such file"),
        (FRAME, FRAME, {}, "treated: a DataFrame given; an Arm is required"),
        (FRAME, 0.7, {}, "treated: 0.7 given; an Arm is required"),
        (FRAME, (24, 23), {}, "treated: Treated: 24 successes among 23 patients"),
        (FRAME.rename(columns={"n": "size"}), TREATED, {}, "column 'n' is missing"),
        (FRAME.assign(n=1), TREATED, {}, "row 1, column successes: '23' given; at most the 1"),
        (FRAME.head(0), TREATED, {}, "no rows"),
        (FRAME.assign(control_set=list("aabbaabb")), TREATED, {}, "names the control sets a, b"),
        ([], TREATED, {}, "0 arms with counts given; method 'map' needs 1 or more"),
        ([TREATED], TREATED, {}, "'Secukinumab' is treated and cannot be its own control"),
        (ROWS, TREATED, {"concurrent": ROWS[0]}, "'Study 1' is the label of another arm too"),
        (ROWS, TREATED, {"metod": "map"}, "metod: unknown key (did you mean 'method'?)"),
        (ROWS, TREATED, {"method": "mapp"}, "did you mean 'map'?"),
        (ROWS, TREATED, {"method": "benchmark"}, "benchmark has no default for rate"),
        (ROWS, TREATED, {"method": 0.5}, "method: 0.5 given; a method is required"),
        (ROWS, TREATED, {"method": {"method": "map", "tua": 1}}, "tua: unknown key"),
        (ROWS, TREATED, {"endpoint": "survival"}, "unknown endpoint 'survival'"),
        (ROWS, TREATED, {"endpoint": "landmark"}, "landmark_day: missing"),
        (ROWS, TREATED, {"landmark_day": "late"}, "landmark_day: a number above 0 is required"),
        (ROWS, TREATED, {"robust": 2}, "robust: weight: 2 given; a number from 0 to 1"),
        (ROWS, TREATED, {"bias": 0.3}, "bias: 0.3 given; biases are required"),
        (ROWS, TREATED, {"prior": 0.3}, "prior: 0.3 given; [a, b] with both above 0"),
        (ROWS, TREATED, {"decisions": 0.9}, "decision: the list [0.9] given"),
        (ROWS, TREATED, {"scale": "diff"}, "scale: 'diff' given; allowed are 'difference'"),
        (ROWS, TREATED, {"scale": "diff", "robust": 2}, "bips.model: 2 faults"),
    ],
)
def test_what_cannot_be_is_refused_in_words(arms, treated, parts, said):
    with pytest.raises(Refused) as caught:
        bips.model(arms, treated, **parts)
    assert said in str(caught.value)


def test_an_evidence_file_that_states_days_asks_for_the_day(tmp_path):
    place = Path(tmp_path / "days.csv")
    FRAME.assign(day=56).to_csv(place, index=False)
    with pytest.raises(Refused, match="landmark_day: missing"):
        bips.model(place, TREATED)
    assert bips.model(place, TREATED, landmark_day=56).landmark_day == 56
