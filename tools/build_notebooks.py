"""Notebooks from their percent scripts: ``notebooks/*.py`` -> ``.ipynb`` with outputs.

``--check`` executes them without writing, and fails where a cell fails or where a
notebook no longer holds the code of its script.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
CELL_SECONDS = 600
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def from_script(script: Path) -> nbformat.NotebookNode:
    """Notebook of a percent script, without outputs; the same bytes on every machine."""
    notebook = jupytext.read(script, fmt="py:percent")
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for position, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{position:03}"
    return notebook


def executed(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook with its outputs, run in an empty folder; raises CellExecutionError."""
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            timeout=CELL_SECONDS,
            kernel_name=KERNEL["name"],
            record_timing=False,
            resources={"metadata": {"path": folder}},
        )
        client.execute()
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL})
    return notebook


def build(script: Path) -> None:
    """Execute a script's notebook and write it beside the script."""
    notebook = executed(from_script(script))
    nbformat.validate(notebook)
    nbformat.write(notebook, script.with_suffix(".ipynb"))


def check(script: Path) -> None:
    """Execute a script's notebook, write nothing; raises ValueError if it is out of date."""
    kept = script.with_suffix(".ipynb")
    fresh = from_script(script)
    if not kept.is_file() or sources(nbformat.read(kept, as_version=4)) != sources(fresh):
        raise ValueError(f"{kept.name} is not what {script.name} says: run `make notebooks`")
    executed(fresh)


def sources(notebook: nbformat.NotebookNode) -> list[tuple[str, str]]:
    """What each cell is and says, outputs aside."""
    return [(cell.cell_type, cell.source) for cell in notebook.cells]


def main() -> int:
    """Build or check every notebook; 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="execute, compare, write nothing")
    act = check if parser.parse_args().check else build
    failures = 0
    for script in sorted(FOLDER.glob("*.py")):
        try:
            act(script)
        except (CellExecutionError, ValueError) as error:
            failures += 1
            print(f"{script.name}: {error}", file=sys.stderr)
        else:
            print(f"{script.name}: {act.__name__} passed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
