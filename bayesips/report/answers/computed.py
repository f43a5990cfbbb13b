"""How it was computed: engine, convergence, precision, programs, and how to repeat it."""

from __future__ import annotations

import json

import xarray as xr

from bayesips.report.answers import Answer, lacking
from bayesips.report.rates import number
from bayesips.report.sections.reproduce import ENGINES
from bayesips.words.numbers import joined

CHAINS = ("largest r_hat", "smallest bulk ESS", "smallest tail ESS", "divergences")
REFINEMENT = "change under refinement"


def technique(tree: xr.DataTree) -> Answer:
    """The engine."""
    return Answer("answered", f"{ENGINES[tree.attrs['engine']]}.", "reproduce")


def convergence(tree: xr.DataTree) -> Answer:
    """Chains where there are any, else the change under refinement."""
    table = tree["diagnostics"].to_dataset()
    names = [str(each) for each in table["check"].values]
    if tree.attrs["engine"] == "exact":
        return _checked(table, [REFINEMENT], "No chains: quadrature; ")
    found = [name for name in CHAINS if name in names]
    if not found:
        return Answer("partly", "No chain was measured in this result.", "diagnostics")
    return _checked(table, found, "")


def precision(tree: xr.DataTree) -> Answer:
    """How exactly the probabilities are known."""
    table = tree["diagnostics"].to_dataset()
    found = [str(each) for each in table["check"].values if " of P(effect" in str(each)]
    return _checked(table, found, "")


def _checked(table: xr.Dataset, names: list[str], start: str) -> Answer:
    """Some checks with what was found and what is allowed."""
    if not names:
        return lacking("how exactly the probabilities are known; this result holds no such check")
    said = []
    for name in names:
        one = table.sel(check=name)
        bound = f"at {'most' if bool(one['at_most']) else 'least'} {number(one['limit'])}"
        failed = "" if bool(one["passed"]) else ", FAILED"
        said.append(f"{name} {number(one['value'])} (allowed {bound}{failed})")
    return Answer("answered", f"{start}{joined(said)}.", "diagnostics")


def software(tree: xr.DataTree) -> Answer:
    """Programs with their versions; those that sampled among them."""
    known = json.loads(tree.attrs["versions"])
    said = ", ".join(f"{name} {version}" for name, version in known.items())
    if tree.attrs["engine"] == "nuts" and "pymc" not in known:
        add = "Add the versions of PyMC and of its sampler."
        return Answer("partly", f"{said}. {add}", "reproduce")
    return Answer("answered", f"{said}.", "reproduce")


def repeated(tree: xr.DataTree) -> Answer:
    """What is needed to get the same numbers."""
    about = tree.attrs
    return Answer(
        "partly",
        f"Command, seed {about['seed']}, digest {about['digest'][:12]} of model and evidence. Add "
        "where the model file and its evidence can be had.",
        "reproduce",
    )
