"""Days of a model's history: those that no answer can read are refused when it is loaded."""

import pytest

from bayesips.model import ModelError, load_model
from tests.model_texts import EVIDENCE, FROM_FILE, GOOD, HISTORY, changed


@pytest.fixture
def load(tmp_path):
    """Load a model from text."""

    def loaded(content):
        file = tmp_path / "trial.toml"
        file.write_text(content)
        return load_model(file)

    return loaded


def refusal(load, content):
    """The message with which a model is refused; it names the file."""
    with pytest.raises(ModelError, match=r"trial\.toml: ") as caught:
        load(content)
    return str(caught.value)


LANDMARK = changed('"binary"', '"landmark"')
FAR = EVIDENCE.replace("Two,all,overall_survival,28,", "Two,all,overall_survival,365,")
LOST = EVIDENCE + "One,all,overall_survival,discharge,=,2,10,broad\n"
LOST += "One,all,overall_survival,not stated,=,2,10,broad\n"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("day = 365", "[history] a: a row at day 365; the Weibull bridge holds for days 14 to 180"),
        (
            "day = 'discharge', observations = [['not stated', '=', 3]]",
            "[history] a: two different",
        ),
        (
            "day = 'discharge', relation = '<=', observations = [['discharge', '>=', 9]]",
            "[history] a: no day for the row without a day fits",
        ),
    ],
)
def test_days_that_no_answer_can_read_are_refused_when_the_model_is_loaded(load, rows, said):
    arms = f"[history]\narms = [{{ label = 'a', successes = 5, n = 22, {rows} }}]\n"
    assert said in refusal(load, LANDMARK.replace(HISTORY, arms))
    assert load(GOOD.replace(HISTORY, arms)).history  # a count is a count


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            FAR,
            "far.csv: row 3, column landmark_day: Two, all: a row at day 365; the Weibull bridge",
        ),
        (LOST, "far.csv: rows 2 and 5 and 6, column landmark_day: One, all: two different unknown"),
    ],
)
def test_days_that_no_answer_can_read_name_their_rows_of_the_evidence_file(
    load, tmp_path, text, said
):
    (tmp_path / "far.csv").write_text(text)
    place = FROM_FILE.replace("evidence.csv", "far.csv")
    assert said in refusal(load, LANDMARK.replace(HISTORY, place))
