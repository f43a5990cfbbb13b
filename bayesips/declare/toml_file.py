"""A declaration in a TOML file: found by path or bare name, read, or refused in one message."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from bayesips.declare.shipped import models_directory
from bayesips.declare.table import Table
from bayesips.errors import Refused, in_one_message, near_miss


class DeclarationError(Refused):
    """A file that cannot be used.

    Attributes
    ----------
    file : Path
        The file.
    faults : tuple of str
        Every fault found: table, key, what was given, what is allowed.
    """

    kind: ClassVar[str] = "file"
    noun: ClassVar[str] = "file"

    def __init__(self, file: Path, faults: list[str]):
        self.file = file
        self.faults = tuple(faults)
        super().__init__(in_one_message(f"{self.kind} {file}", faults))


def shipped_with(design: bool) -> tuple[str, ...]:
    """Bare names of the shipped files: of trials to be planned (`design`), or of models."""
    files = models_directory().glob("*.toml")
    return tuple(sorted(file.stem for file in files if _declares_design(file) == design))


def declared(
    path: str | Path,
    names: tuple[str, ...],
    error: type[DeclarationError],
    read: Callable[[Table, Path], dict[str, Any]],
) -> tuple[Path, bytes, dict[str, Any]]:
    """The file of a path or shipped name, its bytes, and what `read` makes of it.

    `read` takes the whole as a table and the file's folder, and adds its faults to the table's.

    Raises
    ------
    DeclarationError
        `error`, with every fault at once.
    """
    file = find(path, names, error)
    raw = read_bytes(file, names, error)
    faults: list[str] = []
    parts = read(Table(document(file, raw, error), "", faults), file.parent)
    if faults:
        raise error(file, faults)
    return file, raw, parts


def find(path: str | Path, names: tuple[str, ...], error: type[DeclarationError]) -> Path:
    """The file of a path, of a shipped name, or of a name in the current folder."""
    file = Path(path)
    if not _is_bare(path):
        return file
    here = Path(f"{path}.toml")
    if file.name not in names and not _is_there(here):
        raise error(file, [_none_such(file.name, names, error)])
    return models_directory() / here if file.name in names else here


def plans_a_trial(path: str) -> bool:
    """Whether a file, or that of a bare name, plans a trial; False where there is none."""
    shipped = models_directory() / f"{path}.toml"
    file = Path(path)
    if _is_bare(path):
        file = shipped if _is_there(shipped) else Path(f"{path}.toml")
    return _is_there(file) and _declares_design(file)


def _is_there(file: Path) -> bool:
    """Whether there is such a file; a name that no file can have is none."""
    try:
        return file.is_file()
    except (OSError, ValueError):
        return False


def _is_bare(path: str | Path) -> bool:
    """Whether it is a name without folder and suffix; a Path is never one."""
    return Path(path).name == path and not str(path).endswith(".toml")


def read_bytes(file: Path, names: tuple[str, ...], error: type[DeclarationError]) -> bytes:
    """Bytes of the file."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise error(file, [_none_such(file.stem, names, error)]) from None
    except (OSError, ValueError) as fault:  # ValueError: a null character in the path
        raise error(file, [f"cannot be read: {fault}"]) from None


def document(file: Path, raw: bytes, error: type[DeclarationError]) -> dict[str, Any]:
    """The file as TOML; a byte-order mark is tolerated."""
    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as wrong:
        fault = f"not UTF-8 text: {wrong.reason} at byte {wrong.start + 1}"
    except RecursionError:
        fault = "not TOML that can be read: nested too deeply"
    except ValueError as wrong:  # tomllib's own, and numbers with too many digits
        fault = f"not valid TOML: {wrong}"
    raise error(file, [fault])


def _none_such(name: str, names: tuple[str, ...], error: type[DeclarationError]) -> str:
    """Why there is no such file, and which names there are."""
    for other, design in (("plan", True), ("model", False)):
        if name not in names and name in shipped_with(design):
            return f"{name} is a {other}; a {error.noun} is required: {', '.join(names)}"
    return f"no such {error.noun}; shipped are {', '.join(names)}{near_miss(name, names)}"


def _declares_design(file: Path) -> bool:
    """Whether a file plans a trial: it has tables headed [[design]]."""
    text = file.read_bytes().decode("utf-8", errors="replace")
    return re.search(r"^\s*\[\[\s*design\s*\]\]", text, re.MULTILINE) is not None
