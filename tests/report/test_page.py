"""The page: everything is inside, everything is escaped, every number is the tree's."""

import re
import sys
import textwrap
from html.parser import HTMLParser

import numpy as np
import pytest
import xarray as xr

from bayesips.report import sections
from bayesips.report.citations import linked
from bayesips.report.html import html
from tests.plots.small_trial import ARMS, N
from tests.plots.trees import tree


class Page(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words, self.open = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        """What is read, with every space the same."""
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page of a result read back from its file."""
    path = tmp_path_factory.mktemp("result") / "result.nc"
    tree().to_netcdf(path, engine="h5netcdf")
    with xr.open_datatree(path, engine="h5netcdf") as saved:
        return html(saved.load())


def test_nothing_is_fetched_and_nothing_runs(page):
    parsed = Page(page)
    names = {tag for tag, _ in parsed.tags}
    assert not names & {"script", "link", "iframe", "object", "embed", "base", "form"}
    for tag, attributes in parsed.tags:
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "srcset", "href", "data", "poster"):
            if name in attributes:
                start = ("https://doi.org/10.", "#") if tag == "a" else "data:image/svg+xml;base64,"
                assert attributes[name].startswith(start)
    assert "@import" not in page
    assert "url(" not in page


def test_the_page_is_well_formed(page):
    assert Page(page).open == []


def test_every_section_is_there_in_order(page):
    parsed = Page(page)
    found = [attributes["id"] for tag, attributes in parsed.tags if tag == "section"]
    assert found == ["answer", *(name for name in sections.names() if name != "own_controls")]


def test_every_picture_has_words_for_those_who_cannot_see(page):
    pictures = [attributes for tag, attributes in Page(page).tags if tag == "img"]
    assert len(pictures) == 4
    assert all(len(each["alt"]) > 60 for each in pictures)


def test_every_arm_its_source_and_its_doubts_are_shown(page):
    text = Page(page).text
    for label, _, _, _, _, flags in ARMS:
        assert label.split(", ")[0] in text
        assert flags in text
    assert page.count('href="https://doi.org/10.1097/00007890-199704270-00006"') == len(ARMS)


def test_every_outcome_has_a_row_and_the_one_seen_is_marked(page):
    section = page[page.index('<section id="outcomes">') : page.index('<section id="diagnostics">')]
    assert section.count("<tr") == 1 + N + 1
    assert re.search(r'<tr class="seen">\s*<th[^>]*>5 \(seen\)</th>', section)


def test_the_page_says_what_is_needed_to_repeat_it(page):
    text = Page(page).text
    assert "0" * 64 in text
    assert "bayesips assess hlc001 --engine exact --seed 1 --out result" in text
    assert "not one of those shipped" not in text
    assert "Version of numpy 2.5.5" in text


def test_a_model_of_ones_own_is_repeated_from_its_file():
    result = tree()
    result.attrs["model"] = "mytrial"
    assert "give the path of its file" in Page(html(result)).text


def test_the_page_never_says_proved(page):
    assert not re.search(r"\bprove[ns]?d?\b", Page(page).text)


def test_text_of_a_model_file_cannot_become_code():
    result = tree()
    result.attrs["question"] = "<script>alert(1)</script> & more"
    assert "<script" not in html(result)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in html(result)


def test_a_failed_check_withholds_the_answer():
    result = tree()
    table = result["diagnostics"].to_dataset()
    table["passed"] = ("check", np.array([False, True]))
    result["diagnostics"] = xr.DataTree(table)
    text = Page(html(result)).text
    assert "No conclusion is drawn" in text
    assert "Refine." in text
    assert "expected without HLC-001 (95" not in text


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("J 1:2 doi:10.1/x.1", "J 1:2 doi:10.1/x.1"),
        ("J doi:10.1000/x.1", 'J <a href="https://doi.org/10.1000/x.1">doi:10.1000/x.1</a>'),
        ("doi:10.1000/y. Then", '<a href="https://doi.org/10.1000/y">doi:10.1000/y</a>. Then'),
        ("<b> & no identifier", "&lt;b&gt; &amp; no identifier"),
    ],
)
def test_only_identifiers_become_links(source, shown):
    assert str(linked(source)) == shown


def test_the_same_result_gives_the_same_page():
    assert html(tree()) == html(tree())


ADDED = """
    \"\"\"A section that a user adds.\"\"\"

    PLACE = 15
    TITLE = "Who was treated"

    def given(tree):
        return {"sentences": [f"With {tree.attrs['treated']}."], "pairs": [("patients", 7)]}
"""


def test_a_section_is_one_file(tmp_path, monkeypatch):
    (tmp_path / "patients.py").write_text(textwrap.dedent(ADDED), encoding="utf-8")
    monkeypatch.setattr(sections, "__path__", [*sections.__path__, str(tmp_path)])
    page = html(tree())
    assert re.findall(r'<section id="(\w+)"', page)[1:4] == ["evidence", "patients", "prior"]
    assert "<h2>Who was treated</h2>" in page
    del sys.modules["bayesips.report.sections.patients"]
