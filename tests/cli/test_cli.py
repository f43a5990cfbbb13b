"""The command line: what it prints, what it writes, and how it refuses."""

import json
import math
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from bayesips.cli import commands
from bayesips.declare.shipped import models_directory
from tests.commands import outside, run, said

COMMANDS = ("assess", "explore", "validate", "new", "compare")


def test_these_commands_are_there_at_least():
    assert set(COMMANDS) <= set(commands())
    said = run("--help").stdout
    assert all(name in said for name in COMMANDS)


def test_json_is_one_object_and_nothing_else():
    result = outside("assess", "--json")
    assert (result.returncode, result.stderr) == (0, "")
    found = json.loads(result.stdout)
    assert result.stdout.count("\n") == 1
    assert found["model"] == "hlc001"
    assert found["endpoint"] == {"name": "survival", "landmark_day": 56}
    assert found["treated"]["interval_probability"] == 0.95
    assert found["control"]["arms"] == 6
    assert found["decision"][0]["met"] is False
    assert all(check["passed"] for check in found["diagnostics"])
    assert math.isclose(sum(found["control"]["mixture"]["weights"]), 1)


def test_what_does_not_exist_is_null():
    found = json.loads(run("assess", "hlc001-benchmark", "--json").stdout)
    assert found["control"]["ess"] == {"elir": None, "moment": None}
    assert found["control"]["mixture"] is None
    assert found["control"]["std"] == 0


def test_a_closed_form_on_the_command_line(model_file):
    found = json.loads(run("assess", model_file, "--json").stdout)
    assert math.isclose(found["control"]["mean"], 9 / 42, rel_tol=1e-12)
    assert math.isclose(found["control"]["ess"]["moment"], 42, rel_tol=1e-9)


def test_the_exact_path_loads_neither_pymc_nor_figures():
    script = (
        "import sys; sys.argv = ['bayesips', 'assess', '--json']\n"
        "from bayesips.cli import application\n"
        "application()(standalone_mode=False)\n"
        "print(*{'pymc', 'arviz', 'matplotlib', 'scipy.stats'} & set(sys.modules), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert result.stderr.split() == []


@cache
def all_models():
    """Every shipped model side by side: what is printed, and as JSON."""
    text, found = run("assess", "--all").stdout, run("assess", "--all", "--json").stdout
    return text, json.loads(found)["models"]


def test_side_by_side_shows_every_control_definition():
    said, models = all_models()
    for name in ("broad", "narrow", "optimistic", "ventilation", "benchmark"):
        assert name in said
    assert "comparable" in said
    assert {"hlc001", "hlc001-narrow"} <= {each["model"] for each in models}


def test_the_table_names_rows_that_are_no_counts_at_the_day():
    said = " ".join(run("assess", "hlc001-binary").stdout.split())
    assert "no historical arm is a count at day 56" in said
    assert "Without the rows that are only bounds" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("assess", "hlc01"), "did you mean 'hlc001'"),
        (("assess", "missing.toml"), "no such model"),
        (("assess", "--engine", "exat"), "did you mean 'exact'"),
        (("assess", "--seed", "-1"), "seed is -1"),
        (("assess", "hlc001", "--all"), "--all"),
        (("assess", "--all", "--out", "x"), "--out"),
        (("validate", "hlc01"), "did you mean 'hlc001'"),
        (("explore", "hlc01"), "did you mean 'hlc001'"),
        (("compare", "hlc01"), "did you mean 'hlc001'"),
        (("new", "../x"), "letters, digits"),
        (("new", "hlc001"), "a shipped file has it"),
        (("new", "x", "--evidence", "--plan"), "one kind of file at a time"),
        (("assess", "followon-rct"), "followon-rct is a plan; a model is required"),
        (("plan", "hlc001"), "hlc001 is a model; a plan is required"),
        (("assess", "--out", ""), "the name of a folder is required"),
        (("compare", "--out", ""), "the name of a folder is required"),
        (("compare", "--delta", "0.2"), "add --controls"),
        (("compare", "--hyperpriors"), "add --controls"),
        (("compare", "--controls", "3", "--hyperpriors"), "endpoint binary"),
        (("compare", "hlc001-binary", "--controls", "3", "--hyperpriors", "--seed", "-1"), "seed"),
        (
            ("compare", "--controls", "3", "--delta", "0"),
            "delta is 0.0; a number above 0 and below 1",
        ),
        (
            ("compare", "--controls", "3", "--delta", "1"),
            "delta is 1.0; a number above 0 and below 1",
        ),
        (
            ("compare", "--controls", "3", "--delta", "-0.1"),
            "delta is -0.1; a number above 0 and below 1",
        ),
    ],
)
def test_bad_input_is_refused_in_one_message(arguments, message):
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("assess", "--bogus"),
        ("asess",),
        ("compare", "--controls", "0"),
        ("compare", "--controls", "3", "--delta", "abc"),
    ],
)
def test_wrong_usage_exits_with_2(arguments):
    assert run(*arguments).exit_code == 2


def test_no_line_of_the_help_is_cut_off():
    listed = run("--help").stdout.split("Commands:")[1]
    assert all(name in listed for name in commands())
    assert "..." not in listed


def test_the_version_is_told():
    assert run("--version").stdout.startswith("bayesips 0.")


def test_a_number_stays_on_the_line_of_its_percent_sign():
    from bayesips.cli.output.tables import wrapped

    lines = wrapped("a count as unlikely as 5 has probability 13 %.", 42).splitlines()
    assert lines == ["a count as unlikely as 5 has probability", "13 %."]


def test_a_new_model_is_valid_and_is_not_overwritten(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("new", "trial").exit_code == 0
    text = Path("trial.toml").read_text(encoding="utf-8")
    assert run("validate", "trial.toml").exit_code == 0
    assert run("assess", "trial.toml", "--json").exit_code == 0
    again = run("new", "trial")
    assert (again.exit_code, "exists" in again.stderr) == (2, True)
    assert Path("trial.toml").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("option", "suffixes", "answer"),
    [
        ("--evidence", (".csv", ".toml"), "assess"),
        ("--two-arm", (".toml",), "assess"),
        ("--plan", (".toml",), "plan"),
    ],
)
def test_a_template_is_valid_by_its_bare_name_and_answered(
    tmp_path, monkeypatch, option, suffixes, answer
):
    monkeypatch.chdir(tmp_path)
    said("new", "fresh", option)
    assert {path.suffix for path in tmp_path.iterdir()} == set(suffixes)
    for name in ("fresh", *(f"fresh{suffix}" for suffix in suffixes)):
        assert "fresh" in said("validate", name)
    assert json.loads(said(answer, "fresh", "--json"))
    again = run("new", "fresh")
    assert (again.exit_code, "exists" in again.stderr) == (2, True)


def test_plans_and_evidence_are_validated_too():
    assert "a valid plan" in said("validate", "followon-rct")
    shown = said("validate", str(models_directory() / "evidence" / "ips.csv"))
    assert "a valid evidence file" in shown
    assert "broad: 6 arms" in shown


def test_a_faulty_evidence_file_is_refused_with_row_and_column(tmp_path):
    file = tmp_path / "few.csv"
    file.write_text("study,successes,n\nOne,7,6\n", encoding="utf-8")
    result = run("validate", file)
    assert result.exit_code == 2
    assert "row 2, column successes: '7' given" in result.stderr


def test_a_bare_name_is_looked_for_here_before_it_fails(model_file, monkeypatch):
    monkeypatch.chdir(model_file.parent)
    assert json.loads(said("assess", "two", "--json"))["model"] == "two"
    monkeypatch.chdir(model_file.parent.parent)
    assert "no such model" in run("assess", "two").stderr


def test_explore_shows_every_row_and_its_doubts():
    said = " ".join(run("explore").stdout.split())
    for part in ("Kantrow 1997", "24.5 %", "broad_registry", "identifiers", "<= 3 of 23"):
        assert part in said


def test_a_command_is_one_file(tmp_path, monkeypatch):
    from bayesips import cli

    (tmp_path / "greet.py").write_text(
        '"""A command."""\n\n\ndef greet() -> None:\n    """Greet."""\n    print("good day")\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(cli, "__path__", [*cli.__path__, str(tmp_path)])
    assert run("greet").stdout == "good day\n"
    sys.modules.pop("bayesips.cli.greet")


def test_side_by_side_shows_each_history_without_its_vague_part_too():
    text, models = all_models()
    said = " ".join(text.split())
    assert "without" in said
    assert "hlc001-narrow: the verdict rests on the vague part" in said
    alone = {each["model"]: each["without_robust"] for each in models}
    assert alone["hlc001-benchmark"] is None
    assert alone["hlc001-narrow"]["decision"][0]["met"] is True
