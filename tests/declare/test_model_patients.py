"""Model files whose arms are files of patients."""

import hashlib

import pytest

from bayesips.declare.model import ModelError, load_model
from bayesips.declare.shipped import models_directory
from bayesips.evidence.arm import Arm
from bayesips.evidence.patient_files import read_curve, read_times
from bayesips.planning.plan_file import load_plan
from tests.patient_files import CURVE, MODEL, TIMES, written


def test_times_curve_and_counts_stand_side_by_side(tmp_path):
    model = load_model(written(tmp_path))
    times, curve, count, bound = model.history
    assert times.intervals == read_times(tmp_path / "times.csv", "", until=180).intervals
    assert curve.intervals == read_curve(tmp_path / "curve.csv", "").intervals
    assert (times.label, times.source, times.note) == ("Study 1", "invented", "invented")
    assert curve.flags == ("counts read off a printed curve",)
    assert isinstance(count, Arm)
    assert bound.relation == ">="


def test_the_digest_covers_files_of_patients(tmp_path):
    file = written(tmp_path)
    assert load_model(file).digest == hashlib.sha256((MODEL + TIMES + CURVE).encode()).hexdigest()
    (tmp_path / "curve.csv").write_text(CURVE.replace("0.35", "0.36"))
    assert load_model(file).digest != hashlib.sha256((MODEL + TIMES + CURVE).encode()).hexdigest()


def test_a_binary_model_counts_those_alive_at_the_day(tmp_path):
    """Nobody in the file left before day 27; deaths on days 4, 9, 9 and 15."""
    text = changed(
        ('endpoint = "landmark"', 'endpoint = "binary"'), ("day = 56\n\n", "day = 21\n\n"),
        (CURVE_KEY, "successes = 3, n = 9"),
    )  # fmt: skip
    first, second = load_model(written(tmp_path, text)).arms[:2]
    assert (first.successes, first.n, first.day, first.flags) == (12, 16, 21, ())
    assert (second.successes, second.n) == (3, 9)


def changed(*changes):
    """The model with pieces of text changed."""
    text = MODEL
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


TIMES_KEY, CURVE_KEY = 'times = "times.csv", until = 180', 'curve = "curve.csv"'
FAULTS = [
    (changed((TIMES_KEY, 'times = "none.csv"')), "[history.arms 1] times: 'none.csv' given; file "),
    (changed((TIMES_KEY, 'times = "none.csv"')), "none.csv: there is no such file"),
    (changed((TIMES_KEY, "times = 3")), "[history.arms 1] times: 3 given; a text is required"),
    (changed((TIMES_KEY, 'times = "curve.csv"')), "curve.csv: row 1: column 'status' is missing"),
    (changed((TIMES_KEY, 'times = "times.csv"')), "[history] Study 1: a row at day 239; the Weib"),
    (changed((TIMES_KEY, 'times = "times.csv"')), "or end the follow-up with until = 180"),
    (changed(("until = 180", "until = 0")), "[history.arms 1] until: 0 given; a number above 0"),
    (changed(("until = 180", "n = 5")), "[history.arms 1] n: 5 given; times is given too"),
    (changed(("until = 180", CURVE_KEY + ", until = 9")), "curve: 'curve.csv' given; times is gi"),
    (changed((TIMES_KEY, 'time = "times.csv"')), "time: unknown key (did you mean 'times'?)"),
    (changed(('label = "Study 1"', "label = 4")), "[history.arms 1] label: 4 given; a text"),
    (changed(('"Study 2"', '"Study 1"')), "label 'Study 1' is given twice"),
    (changed((CURVE_KEY, 'times = "times.csv", until = 90')), "file times.csv is given twice; no"),
    (changed(('endpoint = "landmark"', 'endpoint = "binary"')), "[history] Study 1: 8 to 9 of 16"),
    (changed(("n = 7\n", 'n = 7\ntimes = "times.csv"\n')), "[treated] successes: 5 given; times "),
]


@pytest.mark.parametrize(("text", "fault"), FAULTS)
def test_what_cannot_be_read_is_refused_with_file_table_and_key(tmp_path, text, fault):
    with pytest.raises(ModelError, match=r"patients\.toml: ") as caught:
        load_model(written(tmp_path, text))
    assert fault in str(caught.value)


def test_all_faults_of_all_files_are_named_at_once(tmp_path):
    file = written(tmp_path)
    (tmp_path / "times.csv").write_text("time,status\n3,1\nx,0\n5,dead\n")
    (tmp_path / "curve.csv").write_text("time,survival,at_risk\n0,1,10\n9,1.2,\n")
    with pytest.raises(ModelError) as caught:
        load_model(file)
    for fault in (
        "row 3, column time: 'x' given; a number above 0",
        "row 4, column status: 'dead' given; allowed are 0, 1",
        "row 3, column survival: '1.2' given; a number of 0 or more, at most 1",
    ):
        assert fault in str(caught.value)


def test_a_plan_may_rest_on_patients_and_refuses_what_a_model_refuses(tmp_path):
    plan = (models_directory() / "followon-rct.toml").read_text(encoding="utf-8")
    assert "model = " in plan
    head, rest = MODEL.index("[history]"), MODEL.index("[[decision]]")
    place = MODEL[head:rest].replace('"times.csv", until = 180', '"none.csv"')
    lines = [line for line in plan.splitlines() if not line.startswith("model = ")]
    file = written(tmp_path, "\n".join([*lines, place]))
    with pytest.raises(ValueError, match=r"none\.csv: there is no such file"):
        load_plan(file)
