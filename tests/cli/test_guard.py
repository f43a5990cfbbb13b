"""What a command makes of an error: a refusal is one message, a bug stays a traceback."""

import numpy as np
import pytest

import bayesips as bips
from bayesips.cli.guard import guarded
from bayesips.engine import exact
from tests.commands import run


def raising(error):
    """A command that ends with this error."""

    def command():
        raise error

    return guarded(command)


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (bips.Refused("n is -1"), 2, "bayesips: error: n is -1\n"),
        (bips.NotSettled("8 nodes"), 1, "bayesips: withheld: 8 nodes\n"),
        (FileNotFoundError("no file"), 2, "bayesips: error: no file\n"),
    ],
)
def test_a_refusal_is_one_message_and_an_exit_code(error, code, message, capsys):
    with pytest.raises(Exception) as caught:
        raising(error)()
    assert caught.value.exit_code == code
    assert capsys.readouterr().err == message


def test_an_error_of_numpy_is_a_bug_and_not_bad_input():
    with pytest.raises(ValueError, match="broadcast"):
        guarded(lambda: np.zeros(2) + np.zeros(3))()
    with pytest.raises(ZeroDivisionError):
        raising(ZeroDivisionError("a bug"))()


def test_models_and_evidence_are_refused_by_the_same_class():
    for refusal in (bips.ModelError, bips.EvidenceError):
        assert issubclass(refusal, bips.Refused)
    with pytest.raises(bips.Refused, match="-1"):
        bips.Arm("A", -1, 5)


def broken(*_args, **_settings):
    """An engine with a bug in it."""
    return np.zeros(2) + np.zeros(3)


def test_a_bug_is_no_row_of_the_comparison(monkeypatch):
    monkeypatch.setattr(exact, "solve", broken)
    with pytest.raises(ValueError, match="broadcast"):
        bips.compare(bips.load_model("hlc001-benchmark"))


def test_a_bug_is_no_cell_of_a_sensitivity_analysis(monkeypatch):
    monkeypatch.setattr(exact, "solve", broken)
    with pytest.raises(ValueError, match="broadcast"):
        bips.vary(bips.load_model("hlc001-binary"), axes={"treated.successes": [4, 5]})


def test_a_bug_in_a_command_is_a_traceback(monkeypatch):
    monkeypatch.setattr(exact, "solve", broken)
    found = run("compare", "hlc001-benchmark")
    assert isinstance(found.exception, ValueError)
    assert "broadcast" in str(found.exception)
