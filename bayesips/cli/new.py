"""bayesips new: commented files to fill in, from the templates in this folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from bayesips.cli.options import Json
from bayesips.cli.output.json_text import as_text
from bayesips.errors import Refused

ALLOWED = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
TEMPLATES = Path(__file__).parent / "templates"


def new(
    name: Annotated[str, typer.Argument(help="Its name; the file is NAME.toml, in this folder.")],
    evidence: Annotated[
        bool, typer.Option("--evidence", help="A model whose history stands in NAME.csv, and it.")
    ] = False,
    two_arm: Annotated[
        bool, typer.Option("--two-arm", help="A model of a trial with its own controls.")
    ] = False,
    plan: Annotated[bool, typer.Option("--plan", help="A plan of the next trial.")] = False,
    as_json: Json = False,
) -> None:
    """Write a commented file to fill in."""
    from bayesips.declare.model import shipped_names
    from bayesips.planning.plan_file import shipped_plans

    if not ALLOWED.fullmatch(name):
        raise Refused(
            f"name {name!r}: letters, digits, - and _ are allowed, a letter or digit first"
        )
    if name in (*shipped_names(), *shipped_plans()):
        raise Refused(f"name {name!r}: a shipped file has it; choose another")
    kinds = {"evidence": evidence, "two-arm": two_arm, "plan": plan}
    chosen = [kind for kind, asked in kinds.items() if asked]
    if len(chosen) > 1:
        raise Refused(f"--{' and --'.join(chosen)}: one kind of file at a time")
    written = _write(chosen[0] if chosen else "model", name)
    if as_json:
        print(as_text({"written": [str(place) for place in written]}))
        return
    print(f"{' and '.join(map(str, written))} written: fill in, then `bayesips validate {name}`")


def _write(kind: str, name: str) -> list[Path]:
    """The files of a kind, each from its template; none where one of them exists."""
    templates = sorted(TEMPLATES.glob(f"{kind}.*"))
    places = [Path(f"{name}{template.suffix}") for template in templates]
    for place in places:
        if place.exists():
            raise Refused(f"{place} exists; it is not overwritten")
    for template, place in zip(templates, places, strict=True):
        place.write_text(template.read_text(encoding="utf-8").replace("NAME", name), "utf-8")
    return places
