"""Knobs of a method are its own settings, within the range that each declares."""

from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

import numpy as np
import pytest

import bayesips as bips
from bayesips.borrowing import method_class, names, required_settings
from bayesips.borrowing.elastic import Elastic
from bayesips.borrowing.student_map import StudentMap
from bayesips.distributions.kinds import Number
from bayesips.distributions.ranges import INSIDE
from bayesips.sensitivity import vary
from bayesips.sensitivity.knobs import Knob, knobs_of
from bayesips.sensitivity.solutions import Solutions
from bayesips.sensitivity.tipping_point import Curve


@pytest.fixture(scope="module")
def model():
    return replace(bips.load_model("hlc001-binary"), robust=None)


@dataclass(frozen=True)
class Shrunken:
    """A method that nobody has heard of, with one number and one text."""

    share: Annotated[Any, Number(INSIDE)] = 0.3
    word: str = "unused"

    title: ClassVar[str] = "shrunken rate"


def test_a_new_methods_number_is_a_knob_within_its_range(model):
    found = {each.name: each for each in knobs_of(replace(model, method=Shrunken()))}
    own = found["control.share"]
    assert (own.title, own.present) == ("share of the shrunken rate", 0.3)
    assert 0 < own.low < 0.001
    assert 0.999 < own.high < 1
    assert "control.word" not in found


@pytest.mark.parametrize("name", names())
def test_a_knob_of_a_method_is_now_within_its_range(model, name):
    kind = method_class(name)
    method = kind(**dict.fromkeys(required_settings(kind), 0.2))
    own = {f"control.{field}" for field in vars(method)}
    found = [each for each in knobs_of(replace(model, method=method)) if each.name in own]
    assert all(each.low <= each.present <= each.high for each in found)
    assert all(each.name.rpartition(".")[2] in each.title for each in found)


def test_a_value_that_a_method_refuses_is_no_flip_and_no_error(model):
    turned = Knob("control.near", "near", "", 0.99, 0.0, 0.9999)
    method = Elastic(delta=0.2, far=0.5)
    gaps = Curve(replace(model, method=method), turned.name, Solutions()).signs(turned.values(5))
    assert np.isnan(gaps).all()


def test_a_number_that_the_engine_takes_one_at_a_time_can_be_varied(model):
    table = vary(replace(model, method=StudentMap()), {"control.df": [4.0, 8.0]})
    alone = replace(model, method=StudentMap(df=8.0)).control()
    assert float(table.control_mean[1]) == pytest.approx(float(alone.mean()), abs=1e-8)
    assert float(table.control_mean[0]) != float(table.control_mean[1])
