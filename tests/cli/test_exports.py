"""What every command gives to other programs: one JSON object, and tables for a spreadsheet."""

import csv
import inspect
import json
import sys

import numpy as np
import openpyxl
import pytest
import xarray as xr

import bayesips as bips
from bayesips.cli import commands
from bayesips.cli.output import spreadsheets
from tests.commands import run, said


def test_every_command_answers_in_json():
    silent = [
        name
        for name, command in commands().items()
        if "as_json" not in inspect.signature(command).parameters
    ]
    assert silent == []


def rows_of(file):
    """A CSV file as dictionaries."""
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def sheets_of(folder):
    """Names and sizes (rows with the header, columns) of the sheets of a book."""
    book = openpyxl.load_workbook(folder / spreadsheets.BOOK)
    return {sheet.title: (sheet.max_row, sheet.max_column) for sheet in book}


@pytest.fixture(scope="module")
def assessed(tmp_path_factory):
    """The folder of an assessment."""
    place = tmp_path_factory.mktemp("assessed") / "out"
    assert "tables (CSV), tables.xlsx" in said("assess", "hlc001-benchmark", "--out", place)
    return place


def test_the_tables_of_an_assessment_hold_its_numbers(assessed):
    tree = bips.assess("hlc001-benchmark")
    (decision,) = rows_of(assessed / "tables" / "decision.csv")
    assert float(decision["probability"]) == float(tree["decision"]["probability"].item())
    outcomes = rows_of(assessed / "tables" / "outcomes_by_criterion_survivors.csv")
    assert [float(row["probability"]) for row in outcomes] == pytest.approx(
        tree["outcomes"]["probability"].values.ravel(), rel=1e-15
    )
    assert not [file for file in (assessed / "tables").iterdir() if "posterior" in file.name]


def test_the_book_has_a_sheet_for_each_csv_file(assessed):
    files = {file.stem: rows_of(file) for file in (assessed / "tables").iterdir()}
    sheets = sheets_of(assessed)
    assert len(sheets) == len(files)
    short = {name: rows for name, rows in files.items() if len(name) <= spreadsheets.LONGEST}
    assert {name: sheets[name][0] for name in short} == {n: len(r) + 1 for n, r in short.items()}


@pytest.mark.parametrize(
    ("arguments", "tables"),
    [
        (("compare",), ["methods_by_method", "methods_by_method_survivors"]),
        (("compare", "--controls", "2"), ["methods_by_controls", "methods_by_controls_method"]),
        (("sensitivity", "--axis", "treated.n=7,8"), ["tipping", "analyses_by_treated.n"]),
    ],
    ids=str,
)
def test_other_commands_write_their_tables_too(model_file, tmp_path, arguments, tables):
    command, *options = arguments
    found = json.loads(said(command, model_file, *options, "--json", "--out", tmp_path / "out"))
    assert found["model"] == "two"
    names = {file.stem for file in (tmp_path / "out" / "tables").iterdir()}
    assert set(tables) <= names
    assert set(sheets_of(tmp_path / "out")) >= {name for name in tables if len(name) <= 31}


def test_without_openpyxl_the_book_is_left_out_and_that_is_said(assessed, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    assert "pip install 'bayesips[xlsx]'" in spreadsheets.written()
    spreadsheets.write({"few": xr.Dataset({"x": ("k", [1.5, 2.0])})}, tmp_path)
    assert not (tmp_path / spreadsheets.BOOK).exists()
    assert (tmp_path / "tables" / "few.csv").read_text() == "k,x\n0,1.5\n1,2.0\n"


def test_a_comparison_in_json_is_the_table(model_file):
    found = json.loads(said("compare", model_file, "--json"))
    table = bips.compare(bips.load_model(model_file))
    by_name = {row["method"]: row for row in found["methods"]}
    assert list(by_name) == table["method"].values.tolist()
    one = table.sel({"method": "map"})
    assert by_name["map"]["mean"] == float(one["mean"])
    assert by_name["map"]["probability"] == one["probability"].values.tolist()
    assert by_name["sam"]["mean"] is None and by_name["sam"]["status"] == "needs controls"
    assert found["treated_mean"] == pytest.approx(np.arange(1, 9) / 9, rel=1e-12)


def test_evidence_in_json_marks_the_rows_in_use(model_file):
    found = json.loads(said("explore", "hlc001", "--json"))
    assert sum(row["used"] for row in found["rows"]) == 7
    assert {"set": "broad", "arms": 6, "patients": 243} in found["control_sets"]
    inside = json.loads(said("explore", model_file, "--json"))
    assert inside["arms"][0]["rows"] == [{"day": None, "relation": "=", "successes": 8}]


def test_what_was_validated_or_written_is_told_in_json(model_file, tmp_path, monkeypatch):
    found = json.loads(said("validate", model_file, "--json"))
    assert (found["kind"], found["valid"], found["treated"]) == ("model", True, "5 of 7, Treated")
    assert len(found["digest"]) == 64
    monkeypatch.chdir(tmp_path)
    assert json.loads(said("new", "fresh", "--json")) == {"written": ["fresh.toml"]}


def test_a_page_and_its_checklists_are_told_in_json(assessed):
    found = json.loads(run("report", assessed, "--json").stdout)
    assert found["page"].endswith("report.html")
    assert set(found["checklists"]) == {"barg", "fda_draft", "robust"}
    statuses = {item["status"] for item in found["checklists"]["barg"]}
    assert statuses <= {"answered", "partly", "missing"}
