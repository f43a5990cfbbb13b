"""The page of a plan: everything is inside, the verdict first; a saved plan gives the same."""

import pytest
from typer.testing import CliRunner

from bayesips import plots
from bayesips.cli import application
from bayesips.report.plan import plan
from bayesips.report.plan_page import plan_html
from bayesips.report.plan_tables import tables
from tests.report.test_page import Page


@pytest.fixture(scope="module")
def tree():
    return plan("followon-two-stage")


@pytest.fixture(scope="module")
def page(tree):
    return plan_html(tree)


@pytest.fixture
def saved(tree, tmp_path):
    path = tmp_path / "result.nc"
    tree.to_netcdf(path, engine="h5netcdf")
    return path


def run(*arguments):
    """Run the command in this process."""
    return CliRunner().invoke(application(), ["report", *map(str, arguments)])


def test_nothing_is_fetched_and_every_figure_has_its_words(tree, page):
    parsed = Page(page)
    assert not {tag for tag, _ in parsed.tags} & {"script", "link", "iframe", "object"}
    images = [attributes for tag, attributes in parsed.tags if tag == "img"]
    assert len(images) == len(plots.names(tree))
    assert all(each["src"].startswith("data:image/svg+xml;base64,") for each in images)
    assert all(each["alt"] for each in images)


def test_the_verdict_stands_before_everything_else(tree, page):
    text = Page(page).text
    verdict = tree.attrs["conclusion"].split("\n\n")[0]
    places = [text.index(part) for part in (tree.attrs["question"], "Designs as declared")]
    assert places[0] < text.index(verdict.split(". ")[0]) < places[1]
    assert tree.attrs["digest"] in text


def test_every_cell_of_the_terminal_is_on_the_page(tree, page):
    text = Page(page).text
    cells = {cell for table in tables(tree) for row in table.rows for cell in row}
    assert [cell for cell in cells if cell not in text] == []


def test_the_page_of_a_saved_plan_is_that_of_the_plan(saved, page):
    assert run(saved).exit_code == 0
    assert (saved.parent / "report.html").read_text(encoding="utf-8") == page


def test_a_plan_has_no_checklists(saved):
    result = run(saved, "--checklists")
    assert (result.exit_code, "holds a plan" in result.stderr) == (2, True)
