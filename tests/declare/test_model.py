"""Model files: what they declare."""

import hashlib
from dataclasses import replace

import pytest

from bayesips.borrowing import Robust
from bayesips.borrowing.map import Map
from bayesips.declare.model import load_model
from bayesips.distributions.rule import Criterion
from bayesips.endpoints import Binary, Landmark
from tests.model_texts import DECISION, EVIDENCE, FROM_FILE, GOOD, HISTORY, TOP, TREATED, changed


@pytest.fixture
def load(tmp_path):
    """Load a model from text or bytes, an evidence file beside it."""

    def loaded(content):
        file = tmp_path / "trial.toml"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        (tmp_path / "evidence.csv").write_text(EVIDENCE)
        return load_model(file)

    return loaded


def test_a_model_is_what_its_file_declares(load):
    model = load(GOOD)
    assert (model.name, model.question, model.scale) == ("trial", "Is it better?", "difference")
    assert model.endpoint == Binary()
    assert model.landmark_day == 56
    assert (model.treated.label, model.treated.successes, model.treated.n) == ("New", 5, 7)
    assert [(arm.label, arm.successes, arm.n) for arm in model.history] == [
        ("Study 1", 23, 107),
        ("Study 2", 12, 44),
    ]
    assert model.method == Map(mu=("normal", 0, 2), tau=("half_normal", 1))
    assert model.robust == Robust(0.2, 0.5, 1)
    assert model.decisions == (Criterion(0.0, 0.975),)
    assert (model.bias, model.evidence, model.sensitivity) == ((), None, {})


def test_history_comes_from_a_file_beside_the_model(load):
    model = load(GOOD.replace(HISTORY, FROM_FILE))
    assert [(arm.label, arm.day, arm.successes) for arm in model.history] == [
        ("One, all", 56, 3),
        ("Two, all", 28, 4),
    ]
    assert model.evidence.labels == ("One, all", "Two, all")


def test_several_control_sets_may_be_joined(load):
    text = GOOD.replace(HISTORY, FROM_FILE.replace('"broad"', '["broad", "old"]'))
    assert [arm.n for arm in load(text).history] == [10, 12, 9]


def test_the_digest_is_of_the_model_and_its_evidence(load):
    text = GOOD.replace(HISTORY, FROM_FILE)
    assert load(text).digest == hashlib.sha256((text + EVIDENCE).encode()).hexdigest()
    assert load(GOOD).digest == hashlib.sha256(GOOD.encode()).hexdigest()


def test_a_changed_copy_differs_only_where_it_was_changed(load):
    model = load(GOOD)
    copy = replace(model, robust=None)
    assert copy.robust is None
    assert copy.method == model.method
    assert model.robust.weight == 0.2


@pytest.mark.parametrize(
    ("prior", "mean", "n"),
    [
        ("[2, 3]", 0.4, 5),
        ("{ mean = 0.4, n = 5 }", 0.4, 5),
        ("{ mean = 0.4, sd = 0.2 }", 0.4, 5),  # 0.4 * 0.6 / 0.2^2 - 1
        ("{ weights = [0.5, 0.5], a = [2, 2], b = [3, 3] }", 0.4, 5),
    ],
)
def test_a_treated_prior_may_be_written_in_four_ways(load, prior, mean, n):
    mixture = load(changed("prior = [1, 1]", f"prior = {prior}")).treated_prior
    assert mixture.mean() == pytest.approx(mean, abs=1e-12)
    assert mixture.a + mixture.b == pytest.approx(n, abs=1e-12)


def test_bias_entries_keep_their_names_and_order(load):
    text = GOOD + "[bias]\nzeal = { mean = 0.4, sd = 0.15 }\nage = { mean = -1, sd = 0 }\n"
    assert load(text).bias == (("zeal", 0.4, 0.15), ("age", -1, 0))


def test_a_table_of_sensitivity_is_kept_as_written(load):
    text = GOOD + '[sensitivity]\n"control.robust.weight" = [0, 0.5]\n'
    assert load(text).sensitivity == {"control.robust.weight": [0, 0.5]}


def test_later_landmarks_of_the_treated_arm_are_kept(load):
    rows = 'prior = [1, 1]\nobservations = [[100, "=", 5], ["not stated", "=", 2]]'
    assert load(changed("prior = [1, 1]", rows)).treated.observations == (
        (100, "=", 5),
        ("not stated", "=", 2),
    )


def test_the_landmark_endpoint_takes_the_day_of_the_model_and_settings_of_its_own(load):
    text = changed('endpoint = "binary"', 'endpoint = "landmark"').replace("= 56", "= 60")
    assert load(text).endpoint == Landmark(day=60)
    assert load(text + '[landmark]\nbridge = "piecewise"\n').endpoint == Landmark(
        day=60, bridge="piecewise"
    )


def test_counts_without_any_day_need_no_landmark_day(load):
    assert load(changed("landmark_day = 56\n", "")).landmark_day is None


def test_a_margin_of_a_ratio_is_a_ratio(load):
    text = changed('"difference"', '"ratio"').replace("margin = 0.0", "margin = 1.5")
    assert load(text).decisions[0].margin == 1.5


def test_methods_that_ignore_history_need_none(load):
    for control in ('method = "separate"', 'method = "benchmark"\nrate = 0.3'):
        text = TOP + TREATED + f"[control]\n{control}\n" + DECISION
        assert load(text).history == ()


def test_a_byte_order_mark_and_foreign_line_ends_are_tolerated(load):
    assert load(GOOD.replace("\n", "\r\n").encode("utf-8-sig")).name == "trial"
