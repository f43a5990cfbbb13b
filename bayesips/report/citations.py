"""Sources as a page shows them: identifiers become links, everything else is escaped."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

DOI = re.compile(r"\bdoi:\s*(10\.\d{4,9}/[^\s<>\"]+)")


def linked(source: str) -> Markup:
    """A citation with its DOI as a link.

    Parameters
    ----------
    source : str
        Text; "doi:10.1000/182" in it becomes a link.
    """
    parts, end = [], 0
    for found in DOI.finditer(source):
        name = found[1].rstrip(".,;)")
        parts.append(escape(source[end : found.start()]))
        parts.append(Markup('<a href="https://doi.org/{0}">doi:{0}</a>').format(name))
        end = found.start(1) + len(name)
    return Markup("").join([*parts, escape(source[end:])])
