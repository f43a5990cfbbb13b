"""Count the files of the package whose functions run between a command's start and its answer.

python tools/files_entered.py                      # assess hlc001 --json, then compare hlc001
python tools/files_entered.py assess hlc001-binary --json
"""

from __future__ import annotations

import contextlib
import inspect
import io
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import CodeType

PACKAGE = Path(__file__).resolve().parent.parent / "bayesips"
COMMANDS = (("assess", "hlc001", "--json"), ("compare", "hlc001"))


def entered(arguments: list[str]) -> Counter[str]:
    """Functions that one command runs, counted for each file of the package."""
    found: set[CodeType] = set()
    monitoring, tool = sys.monitoring, sys.monitoring.COVERAGE_ID

    def starts(code: CodeType, _offset: int) -> object:
        found.add(code)
        return monitoring.DISABLE  # once is enough

    monitoring.use_tool_id(tool, "files_entered")
    monitoring.register_callback(tool, monitoring.events.PY_START, starts)
    monitoring.set_events(tool, monitoring.events.PY_START)
    _run(arguments)
    monitoring.set_events(tool, monitoring.events.NO_EVENTS)
    return Counter(_named(code) for code in found if _is_function_of_ours(code))


def _run(arguments: list[str]) -> None:
    """The command itself, its answer kept off the screen."""
    sys.path.insert(0, str(PACKAGE.parent))
    from bayesips.cli import main

    sys.argv = ["bayesips", *arguments]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        main()


def _is_function_of_ours(code: CodeType) -> bool:
    """Whether code is a function of the package: not the body of a module or of a class."""
    return code.co_filename.startswith(str(PACKAGE)) and bool(code.co_flags & inspect.CO_OPTIMIZED)


def _named(code: CodeType) -> str:
    """The file of a piece of code, from the package's folder."""
    return Path(code.co_filename).relative_to(PACKAGE).as_posix()


def report(arguments: list[str]) -> None:
    """Print the files of one command, the busiest first, and their number."""
    files = entered(arguments)
    for name, functions in files.most_common():
        print(f"{functions:5d}  {name}")
    print(f"{' '.join(arguments)}: {len(files)} files, {files.total()} functions")


if __name__ == "__main__":
    if sys.argv[1:]:
        report(sys.argv[1:])
    else:
        for each in COMMANDS:
            subprocess.run([sys.executable, __file__, *each], check=True)
