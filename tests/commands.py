"""How tests run a command in their own process."""

import os
import subprocess
import sys
from pathlib import Path

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


def outside(*arguments, cwd=None):
    """Run a command as a process of its own."""
    script = "from bayesips.cli import main; main()"
    root = str(Path(__file__).resolve().parents[1])
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
        env={**os.environ, "PYTHONPATH": root},
    )
