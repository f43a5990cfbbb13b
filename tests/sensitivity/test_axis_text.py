"""Axes as written on a command line."""

import pytest

from bayesips.sensitivity.axis_text import parse_axis


@pytest.mark.parametrize(
    ("text", "name", "values"),
    [
        ("control.robust.weight=0,0.2,0.5", "control.robust.weight", [0, 0.2, 0.5]),
        (
            "control.tau=half_normal(0.5), half_normal(1)",
            "control.tau",
            [("half_normal", 0.5), ("half_normal", 1)],
        ),
        ("treated.prior=(1,1),(0.5,0.5)", "treated.prior", [(1, 1), (0.5, 0.5)]),
        ("history.control_set=narrow,broad+x", "history.control_set", ["narrow", ("broad", "x")]),
        ("history.without=none;Sano 2014, IPS", "history.without", ["none", "Sano 2014, IPS"]),
    ],
)
def test_an_axis_is_read_as_it_is_meant(text, name, values):
    assert parse_axis(text) == (name, values)


@pytest.mark.parametrize("text", ["control.tau", "=1,2", "control.tau="])
def test_an_axis_without_a_name_or_values_is_refused(text):
    with pytest.raises(ValueError, match="name=value"):
        parse_axis(text)
