"""Histories that analyses share are solved once."""

from dataclasses import replace

import numpy as np
import pytest

import bayesips as bips
from bayesips.borrowing import Robust
from bayesips.distributions.rule import Criterion
from bayesips.sensitivity import sceptical_prior, tipping_table, vary
from bayesips.sensitivity import solutions as module
from bayesips.sensitivity.batches import History
from bayesips.sensitivity.knobs import knob
from bayesips.sensitivity.solutions import Solutions
from bayesips.sensitivity.tipping_point import flips

NOT_OF_HISTORY = {
    "control.robust.weight": [0.0, 0.3],
    "treated.prior": [(1, 1), (0.5, 0.5)],
    "decision.probability": [0.9, 0.975],
}


@pytest.fixture(scope="module")
def model():
    return bips.load_model("hlc001-binary")


@pytest.fixture
def questions(monkeypatch):
    """Keys of the histories that were given to the engine, in order."""
    asked = []
    solve = module.solve

    def counted(histories, engine):
        asked.extend(each.key for each in histories)
        return solve(histories, engine)

    monkeypatch.setattr(module, "solve", counted)
    return asked


def test_choices_beside_the_history_need_one_solution(model, questions):
    solutions = Solutions()
    vary(model, NOT_OF_HISTORY, solutions=solutions)
    sceptical_prior(model, solutions=solutions)
    flips(model, knob(model, "control.robust.mean"), solutions)
    assert questions == [History.of(model.borrowing).key]


def test_a_table_of_tipping_points_asks_no_history_twice(model, questions):
    table = tipping_table(model, solutions=Solutions())
    closely = questions.count(History.of(model.borrowing).key)
    assert (closely, table.attrs["met"]) == (1, 0)


def test_a_kept_control_is_the_control_of_the_model(model):
    biased = replace(model, robust=Robust(0.3), bias=(("time", 0.2, 0.1),))
    solutions = Solutions()
    np.testing.assert_allclose(
        solutions.control(biased).ppf([0.1, 0.5, 0.9]), biased.control().ppf([0.1, 0.5, 0.9])
    )


def test_at_a_flip_that_was_first_found_roughly_the_probability_is_that_required(model):
    asked = replace(model, decisions=(Criterion(0.0, 0.9),))
    (flip,) = flips(asked, knob(asked, "control.tau.scale"))
    assert Solutions().probability(_with_tau(asked, flip)) == pytest.approx(0.9, abs=1e-8)


def _with_tau(model, scale):
    """The model with another spread between studies."""
    return replace(model, method=replace(model.method, tau=("half_normal", float(scale))))
