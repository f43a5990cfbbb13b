"""Pictures of plain objects, and how objects show themselves at a prompt and in a notebook."""

import numpy as np
import pytest
from scipy import stats

import bayesips as bips
from bayesips import BetaMixture, Points, elicit, plots
from bayesips.errors import Refused

ARMS = [bips.Arm("One", 3, 20), bips.Arm("Two", 8, 40, relation=">="), bips.Arm("Three", 5, 25)]
BETA = BetaMixture(1, 3, 9)
MIXED = BetaMixture([0.8, 0.2], [3, 1], [9, 1])
RULE = bips.Rule([bips.Criterion(0.3, 0.9)])
ONE_ARM = bips.SingleArmDesign(20, BetaMixture(1, 1, 1), RULE)
TWO_ARMS = bips.TwoArmDesign(6, 5, BETA, BETA, bips.Rule([bips.Criterion(0, 0.975)]))


@pytest.fixture(scope="module")
def prior():
    return bips.control_prior(ARMS, "map", robust=0.2)


def test_a_density_is_drawn_as_it_is():
    drawn = plots.prior(BETA, MIXED).data
    law = stats.beta(3, 9)
    assert drawn["density"].values[0] == pytest.approx(law.pdf(drawn["rate"].values), rel=1e-12)
    assert [float(drawn[x]) for x in ("mean", "low", "high")] == pytest.approx(
        [0.25, law.ppf(0.025), law.ppf(0.975)], rel=1e-10
    )


def test_components_of_a_mixture_add_up_to_it(prior):
    fit = bips.fit_beta_mixture(prior)
    drawn = plots.mixture(fit, of=prior).data["density"].values
    assert drawn[2:].sum(axis=0) == pytest.approx(drawn[0], rel=1e-10)
    assert np.max(np.abs(drawn[1] - drawn[0])) < 0.1


def test_a_known_rate_is_a_line_at_it():
    drawn = plots.prior(bips.control_prior([], bips.Benchmark(0.3))).data
    assert (drawn["atom"].values, drawn["mass"].values) == (pytest.approx(0.3), pytest.approx(1))


def test_a_forest_has_the_exact_intervals_and_the_prior_last(prior):
    drawn = plots.forest(ARMS, prior).data
    assert drawn["low"].values[0] == pytest.approx(stats.beta.ppf(0.025, 3, 18), rel=1e-10)
    assert drawn["high"].values[0] == pytest.approx(stats.beta.ppf(0.975, 4, 17), rel=1e-10)
    assert drawn["count"].values[1] == "\N{GREATER-THAN OR EQUAL TO} 8/40"
    assert drawn["rate"].values[-1] == pytest.approx(float(prior.mean()), rel=1e-12)


@pytest.mark.parametrize("design", [ONE_ARM, TWO_ARMS], ids=["one arm", "two arms"])
def test_a_design_is_filled_where_its_rule_is_met(design):
    drawn = plots.design(design).data
    assert np.array_equal(drawn["met"].values, design.decisions())
    assert np.array_equal(drawn["probability"].values > drawn.attrs["required"], drawn["met"])


def test_a_notebook_shows_a_picture_without_magic(tmp_path, prior):
    for picture in (
        plots.prior(prior),
        plots.prior(Points(MIXED.rvs(500, rng=1))),
        plots.prior(elicit.from_mean_sd(0.25, 0.1)),
        plots.mixture(MIXED),
        plots.forest(ARMS),
        plots.design(ONE_ARM),
        plots.design(TWO_ARMS),
    ):
        assert picture._repr_png_().startswith(b"\x89PNG")
        assert picture.caption in repr(picture)
    assert picture.save(tmp_path / "design.svg").read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: plots.prior(0.3), "0.3 given; a distribution of a rate is required"),
        (lambda: plots.prior(BETA.update([1, 2], 3)), "a distribution of a rate is required"),
        (lambda: plots.mixture(bips.control_prior(ARMS, "map")), "a BetaMixture or the fit"),
        (lambda: plots.forest([]), "arms are required"),
        (lambda: plots.forest([(3, 20)]), "arms are required"),
        (lambda: plots.design(BETA), "a SingleArmDesign or TwoArmDesign is required"),
        (lambda: bips.summary(0.3), "0.3 given; a distribution of a rate is required"),
        (lambda: bips.summary(BETA.update([1, 2], 3)), r"a batch of shape \(2,\) given"),
    ],
)
def test_another_kind_of_object_is_refused_in_words(call, said):
    with pytest.raises(Refused, match=said):
        call()


def test_a_summary_has_the_numbers_of_the_distribution():
    found = bips.summary(BETA)
    law = stats.beta(3, 9)
    assert (found.mean, found.std) == pytest.approx((law.mean(), law.std()), rel=1e-12)
    assert (found.low, found.median, found.high) == pytest.approx(
        tuple(law.ppf([0.025, 0.5, 0.975])), rel=1e-10
    )
    assert (found.ess_elir, found.ess_moment) == pytest.approx((12, 12), rel=1e-9)
    assert found.as_dict()["ess_reason"] == ""


def test_a_summary_of_what_holds_a_distribution_and_of_draws(prior):
    assert bips.summary(elicit.from_mean_sd(0.25, 0.1)).mean == pytest.approx(0.25, rel=1e-12)
    assert bips.summary(bips.fit_beta_mixture(prior)).mean == pytest.approx(
        float(prior.mean()), abs=1e-3
    )
    few = bips.summary(Points(MIXED.rvs(50, rng=1)))
    assert np.isnan(few.ess_elir)
    assert "too few" in few.ess_reason and "too few" in repr(few)


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (BETA, "BetaMixture(of Beta(3, 9); mean 25.0 %; sd 12.0 %; 95 % 6.0 to 51.8 %)"),
        (BETA.update(np.arange(3), 2), "BetaMixture(of one Beta; batch (3,))"),
        (bips.control_prior([], bips.Benchmark(0.3)), "Density(mean 30.0 %; sd 0.0 %; 95 % 30.0"),
        (Points([0.1, 0.3]), "Points(mean 20.0 %; sd 10.0 %; 95 % 10.0 to 30.0 %)"),
        (ONE_ARM, "SingleArmDesign(n 20; prior BetaMixture(of Beta(1, 1)"),
        (ONE_ARM, "met with 9 or more)"),
        (TWO_ARMS, "TwoArmDesign(patients 6 treated, 5 controls; prior treated BetaMixture"),
        (bips.summary(BETA), "Summary(mean 25.0 %; sd 12.0 %; median 23.6 %"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_an_object_is_one_line_at_a_prompt_and_a_table_in_a_notebook(value, line):
    assert line in repr(value)
    assert len(repr(value)) < 300
    assert value._repr_html_().startswith(f"<table><caption>{type(value).__name__}</caption><tr>")
