"""Mixtures of RBesT, read and written: the form is that of its own R/mixjson.R."""

import json

import numpy as np
import pytest

from bayesips import BetaMixture, control_prior, fit_beta_mixture, from_rbest, to_rbest
from bayesips.distributions.rbest import rbest_call
from bayesips.errors import Refused
from tests.borrowing.histories import TWO

MIXTURE = BetaMixture([0.2, 0.5, 0.3], [1.0, 10.25, 3.1], [1.0, 31.5, 7.0])
# What jsonlite::toJSON makes of mixbeta(rob = c(0.2, 1, 1), inf = c(0.8, 20, 80)), digits = 4.
WRITTEN = (
    '{"meta":{"dim":[3,2],"dimnames":[["w","a","b"],["rob","inf"]],"link":["identity"],'
    '"class":["betaMix","mix"],"likelihood":["binomial"]},"comp":[[0.2,0.8],[1,20],[1,80]]}'
)


def same(first, second):
    """Whether two mixtures are the same to the last digit."""
    return all(np.array_equal(getattr(first, x), getattr(second, x)) for x in ("weights", "a", "b"))


@pytest.mark.parametrize("out", [to_rbest, rbest_call])
def test_a_mixture_comes_back_as_it_went(out):
    assert same(from_rbest(out(MIXTURE)), MIXTURE)


def test_the_json_has_the_attributes_that_rbest_reads():
    found = json.loads(to_rbest(BetaMixture([0.2, 0.8], [1, 20], [1, 80])))
    wanted = json.loads(WRITTEN.replace('"rob","inf"', '"comp1","comp2"'))
    assert found == wanted


def test_what_rbest_writes_is_read_from_text_and_from_a_file(tmp_path):
    expected = BetaMixture([0.2, 0.8], [1, 20], [1, 80])
    assert same(from_rbest(WRITTEN), expected)
    place = tmp_path / "mix.json"
    place.write_text(f"{WRITTEN}\n", encoding="utf-8")
    assert same(from_rbest(place), expected)
    assert same(from_rbest(str(place)), expected)
    assert same(from_rbest([[0.2, 0.8], [1, 20], [1, 80]]), expected)


def test_a_file_is_written_for_rbest(tmp_path):
    text = to_rbest(MIXTURE, tmp_path / "mix.json")
    assert (tmp_path / "mix.json").read_text(encoding="utf-8").strip() == text


def test_rounded_weights_are_brought_to_a_sum_of_1():
    found = from_rbest(WRITTEN.replace("0.2,0.8", "0.15,0.8"))
    assert found.weights == pytest.approx([0.15 / 0.95, 0.8 / 0.95], rel=1e-15)


@pytest.mark.parametrize(
    ("call", "mean", "n"),
    [
        ('RBesT::mixbeta(c(1, 0.3, 5), param = "mn")', 0.3, 5),
        ("mixbeta(one = c(1.0, 0.25, 0.125), param='ms')", 0.25, 0.25 * 0.75 / 0.125**2 - 1),
        ("mixbeta(inf = c(1, 2, 6))", 0.25, 8),
    ],
)
def test_a_call_of_mixbeta_is_read_in_each_of_its_parametrisations(call, mean, n):
    found = from_rbest(call)
    assert float(found.mean()) == pytest.approx(mean, rel=1e-14)
    assert float(found.a[0] + found.b[0]) == pytest.approx(n, rel=1e-14)


def test_a_fit_of_a_prior_goes_out_and_the_density_itself_says_how():
    prior = control_prior(TWO, "map")
    fit = fit_beta_mixture(prior)
    assert same(from_rbest(to_rbest(fit)), fit.mixture)
    with pytest.raises(Refused, match=r"Density given; one BetaMixture.*fit_beta_mixture"):
        to_rbest(prior)
    with pytest.raises(Refused, match="one BetaMixture"):
        to_rbest(MIXTURE.update([1, 2], 7))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (WRITTEN.replace("betaMix", "normMix"), "class is .*'betaMix' is required"),
        (WRITTEN.replace("identity", "logit"), "link is .*'identity' is required"),
        (WRITTEN.replace("[0.2,0.8]", "[0,0]"), "not all 0"),
        (WRITTEN.replace("[1,80]", "[1,-80]"), "shape b of a Beta must be positive"),
        (WRITTEN.replace(",[1,80]", ""), r"a matrix of shape \(2, 2\) given"),
        (WRITTEN.replace("comp", "components"), "'comp' is missing"),
        ("{}", "'meta' is missing"),
        ("{not json", "not JSON"),
        ("mixbeta(c(1, 2))", "mixbeta"),
        ('mixbeta(c(1, 2, 3), param = "xy")', "'xy'"),
        ("mixbeta()", "a matrix of shape"),
        ("nowhere.json", "nowhere.json: cannot be read"),
        ([["a"]], "no matrix of numbers"),
    ],
)
def test_what_is_no_beta_mixture_is_refused(source, said):
    with pytest.raises(Refused, match=said):
        from_rbest(source)
