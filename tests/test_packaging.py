"""What is installed is all that is needed, and the lock names no host."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from bayesips.declare.shipped import models_directory

ROOT = Path(__file__).resolve().parent.parent
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from the checkout without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("bayesips-*.whl"))


def shipped():
    """Model and evidence files of the checkout, relative to `models/`."""
    kept = [*(ROOT / "models").rglob("*.toml"), *(ROOT / "models").rglob("*.csv")]
    return {path.relative_to(ROOT / "models").as_posix() for path in kept}


def locked():
    """Names and versions that the lock pins."""
    return dict(re.findall(r"^([a-z0-9][\w.-]*?)(?:\[[^\]]*\])?==(\S+)", LOCK, flags=re.MULTILINE))


def test_a_wheel_carries_every_model_and_its_evidence(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    assert {f"bayesips/_models/{name}" for name in shipped()} <= inside


def test_a_wheel_tells_type_checkers_that_it_is_typed(wheel):
    assert "bayesips/py.typed" in zipfile.ZipFile(wheel).namelist()


def test_a_wheel_carries_its_licence_and_its_command(wheel):
    archive = zipfile.ZipFile(wheel)
    info = f"bayesips-{PROJECT['project']['version']}.dist-info"
    assert b"Apache License" in archive.read(f"{info}/licenses/LICENSE")
    assert b"bayesips = bayesips.cli:main" in archive.read(f"{info}/entry_points.txt")


def test_models_are_found_in_a_wheel_from_any_folder(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    script = "from bayesips.declare.shipped import models_directory; print(models_directory())"
    found = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert Path(found) == (tmp_path / "site" / "bayesips" / "_models").resolve()


def test_models_are_found_in_a_checkout():
    assert models_directory() == ROOT / "models"


def test_the_lock_names_no_host():
    assert re.findall(r"://|www\.|\.org|\.com|index", LOCK) == []


def test_every_locked_release_carries_a_hash():
    blocks = re.split(r"\n(?=\S)", LOCK.strip())
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_the_lock_holds_every_declared_requirement():
    declared = PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"]
    names = {re.match(r"[A-Za-z0-9_.-]+", line).group().lower() for line in declared}
    assert names <= set(locked())


def test_the_version_is_stated_once_more_where_python_reads_it():
    text = (ROOT / "bayesips" / "__init__.py").read_text(encoding="utf-8")
    assert f'__version__ = "{PROJECT["project"]["version"]}"' in text


def find_python(folder, **environment):
    """What the script that looks for a Python does, with commands of our own first in its path."""
    settings = {"PATH": f"{folder}:/usr/bin:/bin", "HOME": str(folder), **environment}
    command = ["sh", str(ROOT / "tools" / "find_python.sh")]
    return subprocess.run(command, env=settings, capture_output=True, text=True, check=False)


def command(path, body):
    """Write an executable shell script."""
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)


def test_a_python_that_exists_but_does_not_run_is_passed_over(tmp_path):
    command(tmp_path / "python3.13", "exit 127")
    command(tmp_path / "python3.12", f'exec "{sys.executable}" "$@"')
    assert find_python(tmp_path).stdout.strip() == sys.executable


def test_a_python_that_was_asked_for_and_does_not_fit_is_refused_by_name(tmp_path):
    command(tmp_path / "mine", "exit 1")
    refused = find_python(tmp_path, PYTHON=str(tmp_path / "mine"))
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert str(tmp_path / "mine") in refused.stderr
