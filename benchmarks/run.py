"""Times of the whole program and of its parts: best of several runs, beside what is wanted.

Run with `make bench` or `python benchmarks/run.py`. The peer's figures (RBesT 1.9-0 on R 4.2, two
cores, CPU seconds) come from a run of their own: the ratios show an order of magnitude, not a race
run side by side.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bayesips.borrowing.map import Map
from bayesips.distributions.mixture_fit import fit_beta_mixture
from bayesips.endpoints import Binary
from bayesips.engine import exact
from bayesips.evidence.arm import Arm

# Ankylosing spondylitis: responders and patients of eight placebo arms (Baeten et al. 2013).
COUNTS = ((23, 107), (12, 44), (19, 51), (9, 39), (39, 139), (6, 20), (9, 78), (10, 35))
ARMS = [Arm(f"study {i}", r, n) for i, (r, n) in enumerate(COUNTS, start=1)]
METHOD = Map(mu=("normal", 0, 2), tau=("half_normal", 1))
DATA_SETS = 1000
BINARY = ("assess", "hlc001-binary")
PEER_MAP_FIT, PEER_MIXTURE = 2.36, 0.169  # CPU seconds


def seconds(task, runs):
    """Shortest of several runs."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return min(times)


def program(*arguments):
    """Run the console script's entry as a process of its own; interpreter start included."""
    script = "from bayesips.cli import main; main()"
    subprocess.run([sys.executable, "-c", script, *arguments], check=True, capture_output=True)


def assess_into_a_folder():
    """Everything that `make assess` writes."""
    with tempfile.TemporaryDirectory() as folder:
        program("assess", "--out", str(Path(folder) / "out"))


def map_fit():
    """MAP on eight studies, refined until it settles."""
    return exact.solve(METHOD, ARMS, endpoint=Binary())


def many_data_sets():
    """The same for 1000 data sets of the same sizes in one call."""
    rng = np.random.default_rng(1)
    arms = [Arm(a.label, rng.binomial(a.n, 0.25, DATA_SETS), a.n) for a in ARMS]
    return exact.solve(METHOD, arms, endpoint=Binary())


def rows():
    """Task, seconds, seconds wanted, the peer's seconds (None where there are none)."""
    prior = map_fit()
    return [
        ("bayesips --help", seconds(lambda: program("--help"), 3), 0.6, None),
        ("assess hlc001-binary --json", seconds(lambda: program(*BINARY, "--json"), 3), 2.5, None),
        ("assess hlc001 --json", seconds(lambda: program("assess", "--json"), 3), 4.0, None),
        ("assess --all", seconds(lambda: program("assess", "--all"), 1), 15.0, None),
        ("bayesips assess --out DIR", seconds(assess_into_a_folder, 2), 6.0, None),
        ("compare hlc001-binary", seconds(lambda: program("compare", BINARY[1]), 2), 5.0, None),
        ("compare hlc001", seconds(lambda: program("compare"), 2), 5.0, None),
        ("MAP on AS, exact", seconds(map_fit, 10), 0.025, PEER_MAP_FIT),
        (
            f"MAP of {DATA_SETS} data sets",
            seconds(many_data_sets, 1),
            1.0,
            DATA_SETS * PEER_MAP_FIT,
        ),
        ("mixture fit of it", seconds(lambda: fit_beta_mixture(prior), 3), 0.169, PEER_MIXTURE),
    ]


def main():
    """Print the table."""
    table = Table(title="best of several runs, seconds of wall time")
    for column in ("task", "here", "wanted", "peer (CPU)", "peer / here"):
        table.add_column(column, justify="left" if column == "task" else "right")
    for task, here, wanted, peer in rows():
        mark = "" if here <= wanted else " !"
        ratio = "" if peer is None else f"{peer / here:.0f}"
        table.add_row(
            task, f"{here:.3f}{mark}", f"{wanted:g}", "" if peer is None else f"{peer:g}", ratio
        )
    console = Console()
    console.print(table)
    console.print("peer: RBesT 1.9-0, CPU seconds of a run of its own; not a same-run comparison.")


if __name__ == "__main__":
    main()
