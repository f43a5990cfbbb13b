"""The folder of a result: whole or not at all, and nothing where the result is withheld."""

from bayesips.errors import NotSettled
from tests.cli.conftest import MODEL
from tests.commands import outside, run


def test_a_malformed_file_writes_nothing(model_file, tmp_path):
    model_file.write_text(MODEL.replace("successes = 5", "successes = 9"), encoding="utf-8")
    result = outside("assess", model_file, "--out", tmp_path / "out")
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert "[treated] successes" in result.stderr
    assert not (tmp_path / "out").exists()


def test_the_folder_is_whole_and_can_be_written_again(model_file, tmp_path):
    out = tmp_path / "deep" / "out"
    for _ in range(2):
        assert outside("assess", model_file, "--out", out).returncode == 0
        written = {"result.nc", "figures", "report.html", "tables", "tables.xlsx"}
        assert written == {path.name for path in out.iterdir()}
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    kinds = {path.suffix for path in (out / "figures").iterdir()}
    assert kinds == {".svg", ".png"}


def test_a_folder_with_something_else_is_left_alone(model_file, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("kept", encoding="utf-8")
    result = run("assess", model_file, "--out", tmp_path / "mine")
    assert result.exit_code == 2
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]
    assert run("assess", model_file, "--out", model_file).exit_code == 2


def test_a_folder_appears_whole_or_not_at_all(model_file, tmp_path, monkeypatch):
    from bayesips.cli.output import folder

    def fails(tree, place):
        (place / "half").write_text("", encoding="utf-8")
        raise OSError("disk full")

    monkeypatch.setattr(folder, "fill", fails)
    result = run("assess", model_file, "--out", tmp_path / "out")
    assert (result.exit_code, "disk full" in result.stderr) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["two.toml"]


def test_what_has_not_settled_is_withheld(model_file, monkeypatch):
    import bayesips.answer.assessment

    def unsettled(*arguments, **settings):
        raise NotSettled("the density did not settle")

    monkeypatch.setattr(bayesips.answer.assessment, "assessment", unsettled)
    result = run("assess", model_file)
    assert (result.exit_code, "did not settle" in result.stderr) == (1, True)


def test_a_failed_check_withholds_and_says_so(model_file, monkeypatch):
    from bayesips.answer import diagnostics

    monkeypatch.setattr(diagnostics, "PROBABILITY_ERROR", 0.0)
    result = run("assess", model_file)
    assert result.exit_code == 1
    assert "Conclusion withheld" in result.stdout
