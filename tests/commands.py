"""How tests run a command in their own process."""

from typer.testing import CliRunner

from bayesips.cli import application


def run(*arguments):
    """What a command leaves: exit code, stdout, stderr."""
    return CliRunner().invoke(application(), [str(each) for each in arguments])


def said(*arguments):
    """What a command prints that does its work without a complaint."""
    result = run(*arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout
