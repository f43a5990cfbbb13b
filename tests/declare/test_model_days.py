"""Days of a model's history: those that no answer can read are refused when it is loaded."""

import pytest

from bayesips.declare.model import ModelError, load_model
from bayesips.endpoints.medians import median_bounds
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


def with_median(median):
    """The landmark model with one arm known by its median."""
    arms = f"[history]\narms = [{{ label = 'a', n = 18, {median} }}]\n"
    return LANDMARK.replace(HISTORY, arms)


def test_a_median_in_a_model_file_is_the_same_arm_as_its_bounds_in_python(load):
    (found,) = load(with_median("median = { day_before = 56, day_after = 100 }")).history
    assert found.rows == median_bounds(18, day_before=56, day_after=100)
    more = "median = { day_before = 56, convention = 'first crossing' }"
    (found,) = load(with_median(f"{more}, observations = [[90, '=', 4]]")).history
    assert found.rows == ((56, ">=", 10), (90, "=", 4))


@pytest.mark.parametrize(
    ("median", "said"),
    [
        ("median = 64", "[history.arms 1] median: 64 given; a table is required with day_before"),
        ("median = {}", "median: the table {} given; a median needs a day before it"),
        ("median = { day_before = 90, day_after = 60 }", "they must be in order"),
        ("median = { day = 64 }", "[history.arms 1.median] day: unknown key"),
        ("median = { day_before = 56, convention = 'half' }", "allowed are 'at least half', 'fir"),
        ("median = { day_before = 56 }, successes = 3", "successes: 3 given; median is given too"),
        ("median = { day_before = 56, day_after = 365 }", "[history] a: a row at day 365; the"),
    ],
)
def test_a_median_that_cannot_be_read_is_refused_with_its_place(load, median, said):
    assert said in refusal(load, with_median(median))
