"""bayesips new: a commented model file to fill in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from bayesips.errors import Refused

ALLOWED = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
TEMPLATE = """\
# What is assumed, in one file. Check it with `bayesips validate {name}.toml`,
# answer it with `bayesips assess {name}.toml`.

name = "{name}"
question = "Does the treatment raise day-56 survival above what history would have given?"
endpoint = "binary"                       # "landmark" reads every row at its own day
landmark_day = 56
scale = "difference"                      # or "ratio", "odds_ratio"

[treated]
label = "Treated"
successes = 5                             # alive at the landmark day
n = 7
prior = [1, 1]                            # Beta(a, b); or {{ mean = 0.5, n = 2 }}
source = "where the counts are published"

[history]                                 # arms in place, or a file and a selection from it:
# evidence = "evidence.csv"               # relative to this file
# control_set = "broad"
arms = [
    {{ label = "First study", successes = 18, n = 85, source = "citation" }},
    {{ label = "Second study", successes = 8, n = 22, day = 28, source = "citation" }},
    {{ label = "Third study", successes = 9, n = 18, relation = ">=", day = 56 }},
    # {{ label = "Fourth study", times = "fourth.csv", until = 180 }},   # columns time, status
    # {{ label = "Fifth study", curve = "fifth.csv" }},                  # time, survival, at_risk
]

[control]
method = "map"                            # any name that `bayesips compare` lists
mu = ["normal", 0, 2]                     # mean of the arms' log odds
tau = ["half_normal", 1]                  # their standard deviation
robust = {{ weight = 0.2, mean = 0.5, n = 1 }}

# [bias]                                  # on the log odds; positive = controls do better
# immortal_time = {{ mean = 0.4, sd = 0.15 }}

[[decision]]                              # the effect must exceed the margin
margin = 0.0
probability = 0.975                       # with more than this probability
"""


def new(
    name: Annotated[str, typer.Argument(help="What the model is called; the file is NAME.toml.")],
) -> None:
    """Write a commented model file NAME.toml in this folder."""
    if not ALLOWED.fullmatch(name):
        raise Refused(
            f"name {name!r}: letters, digits, - and _ are allowed, a letter or digit first"
        )
    place = Path(f"{name}.toml")
    try:
        with place.open("x", encoding="utf-8") as file:
            file.write(TEMPLATE.format(name=name))
    except FileExistsError:
        raise Refused(f"{place} exists; it is not overwritten") from None
    print(f"{place} written: fill it in, then `bayesips validate {place}`")
