"""The section that lets anybody get the same numbers."""

from __future__ import annotations

import json
from typing import Any

import xarray as xr

from bayesips.declare.toml_file import shipped_with

ENGINES = {
    "exact": "exact: quadrature, no simulation",
    "nuts": "NUTS: simulation by PyMC",
}

PLACE = 70
TITLE = "How to get this page again"


def given(tree: xr.DataTree) -> dict[str, Any]:
    """Everything needed to get the same numbers."""
    about = tree.attrs
    settings = f"--engine {about['engine']} --seed {about['seed']}"
    command = f"bayesips assess {about['model']} {settings} --out result"
    rows = [
        ("Model", about["model"]),
        ("Digest of model and evidence (SHA-256)", about["digest"]),
        ("Endpoint", about["endpoint_settings"]),
        ("Engine", ENGINES[about["engine"]]),
        ("Seed", str(about["seed"])),
        *((f"Version of {name}", text) for name, text in json.loads(about["versions"]).items()),
    ]
    shipped = about["model"] in shipped_with(design=False)
    return {"command": command, "rows": rows, "shipped": shipped}
