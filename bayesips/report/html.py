"""html(tree) -> one page that holds everything: words, tables, figures; nothing is fetched."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import xarray as xr
from markupsafe import Markup

from bayesips.answer import diagnostics
from bayesips.plots.drawing import Drawn, caption, rendered
from bayesips.report import citations, sections
from bayesips.report.conclusion import conclusion
from bayesips.report.key_numbers import key_numbers

TEMPLATES = Path(__file__).parent / "templates"


def html(tree: xr.DataTree, svgs: Mapping[str, bytes] | None = None) -> str:
    """One self-contained page about a result.

    Parameters
    ----------
    tree : xarray.DataTree
        What `bayesips.assess` returned, or what was read from its file.
    svgs : mapping of str to bytes, optional
        Its figures by name, where they are drawn already.

    Returns
    -------
    str
        HTML with its style and figures inside: no script, no font and no image is fetched; the
        only links go to the sources' DOIs.
    """
    return (
        environment()
        .get_template("page.html")
        .render(
            question=tree.attrs["question"],
            treated=tree.attrs["treated"],
            model=tree.attrs["model"],
            failures=diagnostics.failures(tree),
            conclusion=conclusion(tree).splitlines(),
            key_numbers=key_numbers(tree),
            sections=[_section(name, tree) for name in sections.names_for(tree)],
            figures=inlined(tree, svgs),
        )
    )


def _section(name: str, tree: xr.DataTree) -> dict[str, Any]:
    """A section's title and what its template is given."""
    section = sections.section(name)
    return {"name": name, "title": section.TITLE, "given": section.given(tree)}


@cache
def environment() -> jinja2.Environment:
    """Templates; everything that is put into them is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_unbroken,
    )
    environment.filters["linked"] = citations.linked
    environment.filters["coded"] = _coded
    return environment


def _coded(text: str) -> Markup:
    """Text with what stands between backticks as code."""
    parts = [Markup("<code>{}</code>" if odd % 2 else "{}").format(_unbroken(part))
             for odd, part in enumerate(text.split("`"))]  # fmt: skip
    return Markup("").join(parts)


def _unbroken(value: object) -> object:
    """A number stays on the line of its percent sign."""
    return value.replace(" %", "\N{NO-BREAK SPACE}%") if isinstance(value, str) else value


def inlined(tree: xr.DataTree, svgs: Mapping[str, bytes] | None) -> dict[str, dict[str, str]]:
    """Every figure of a result for its page, by name; drawn unless `svgs` holds them already."""
    if svgs is None:
        return {drawn.name: _inline(drawn) for drawn in rendered(tree, "svg")}
    return {
        name: _inline(Drawn(name, caption(name, tree), content)) for name, content in svgs.items()
    }


def _inline(drawn: Drawn) -> dict[str, str]:
    """A figure as an image inside the page, with its words."""
    code = base64.b64encode(drawn.content).decode()
    return {"source": f"data:image/svg+xml;base64,{code}", "caption": drawn.caption}
