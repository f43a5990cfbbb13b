"""The trial's own patients, followed in time, enter as counts at the landmark day or not at all."""

import pytest

import bayesips as bips
from bayesips.declare.model import ModelError, load_model
from tests.trial_texts import SMALL, text

TREATED = "time,status\n5,1\n30,1\n56,0\n60,1\n90,0\n90,0\n"  # two die by day 56, four are alive
CONTROLS = "time,status\n5,1\n6,1\n56,1\n57,1\n80,0\n"  # three die by day 56, two are alive
LEFT = "time,status\n5,1\n30,0\n55,0\n60,1\n"
COUNTS = "successes = 4\nn = 6\n", "successes = 2\nn = 5\n"
TIMES = 'times = "treated.csv"\n', 'times = "controls.csv"\n'
DAY = 'endpoint = "binary"\nlandmark_day = 56\n'


def written(folder, treated, controls, change=("", "")):
    """A model file whose arms are given by these lines."""
    for name, content in (("treated", TREATED), ("controls", CONTROLS), ("left", LEFT)):
        (folder / f"{name}.csv").write_text(content)
    whole = text(SMALL, (4, 6), (2, 5)).replace('endpoint = "binary"\n', DAY)
    for old, new in zip(COUNTS, (treated, controls), strict=True):
        whole = whole.replace(old, new)
    file = folder / "trial.toml"
    file.write_text(whole.replace(*change))
    return file


def test_times_are_the_counts_at_the_landmark_day(tmp_path):
    by_times = load_model(written(tmp_path, *TIMES))
    by_counts = load_model(written(tmp_path, *COUNTS))
    for arm in ("treated", "concurrent"):
        one, other = (getattr(model, arm) for model in (by_times, by_counts))
        assert (one.label, one.successes, one.n) == (other.label, other.successes, other.n)
    found, expected = (
        bips.assess(model)["decision"]["probability"].values for model in (by_times, by_counts)
    )
    assert found.tolist() == expected.tolist()


def test_times_in_a_landmark_model_are_counted_too(tmp_path):
    change = ('"binary"', '"landmark"')
    model = load_model(written(tmp_path, *TIMES, change=change))
    assert (model.treated.successes, model.concurrent.successes) == (4, 2)
    assert bips.assess(model)["concurrent"].attrs["label"] == "Placebo"


def test_the_digest_knows_the_patients(tmp_path):
    file = written(tmp_path, *TIMES)
    before = load_model(file).digest
    (tmp_path / "controls.csv").write_text(CONTROLS.replace("80", "81"))
    assert load_model(file).digest != before


RESPONSE = '[outcome]\nevent = "responded"\nnoun = "response rate"\n[treated]'
GONE = 'times = "left.csv"\n'
FAULTS = [
    ((GONE, TIMES[1]), ("", ""), "[treated] times: 'left.csv' given; New: 2 of 4 patients left"),
    ((GONE, TIMES[1]), ("", ""), "left before day 56, alive when last seen"),
    ((TIMES[0], GONE), ("", ""), "[concurrent] times: 'left.csv' given; Placebo"),
    ((TIMES[0], 'times = "none.csv"\n'), ("", ""), "none.csv: there is no such file"),
    ((TIMES[0], TIMES[0]), ("", ""), "file treated.csv is given twice; no patient may enter twice"),
    ((TIMES[0] + "n = 6\n", TIMES[1]), ("", ""), "[treated] n: 6 given; times is given too"),
    (TIMES, ("landmark_day = 56\n", ""), "counted at landmark_day, and none is stated"),
    (TIMES, ("[treated]", RESPONSE), "with this [outcome] give successes and n"),
    (('curve = "treated.csv"\n', TIMES[1]), ("", ""), "digitised curves are for [history]"),
]


@pytest.mark.parametrize(("arms", "change", "why"), FAULTS)
def test_patients_that_are_no_count_are_refused_with_the_reason(tmp_path, arms, change, why):
    with pytest.raises(ModelError) as caught:
        load_model(written(tmp_path, *arms, change=change))
    assert why in str(caught.value)
