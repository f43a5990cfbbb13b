"""Times of the package: CPU and wall, beside the table that is kept, the peer and another release.

    python benchmarks/run.py                      every line; fails where one is 1.5 times slower
    python benchmarks/run.py --against CHECKOUT   the same lines of another release, turn by turn
    python benchmarks/run.py --keep               writes the table that later runs are held against
    python benchmarks/run.py --growth             how time grows with groups, patients, data sets

Machines differ and are noisy. The kept table is in units of a fixed piece of work (matrix products
and exponentials in numpy) that is timed in the same run; a line is held against it by this ratio.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

KEPT = Path(__file__).with_name("table.json")
SLOWER = 1.5
# Lines below so many CPU seconds are noise from process to process.
ROUNDS = 3


def cpu():
    """CPU seconds of this process and of the processes it has waited for."""
    own, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return sum(part.ru_utime + part.ru_stime for part in (own, children))


def timed(task, given, runs):
    """Median CPU and wall seconds of a task."""
    rows = []
    for _ in range(runs):
        start = cpu(), time.perf_counter()
        task(given)
        rows.append((cpu() - start[0], time.perf_counter() - start[1]))
    return [statistics.median(column) for column in zip(*rows, strict=True)]


def unit(_=None):
    """The fixed piece of work: matrix products and exponentials."""
    import numpy as np

    block = np.linspace(0.0, 1.0, 250_000).reshape(500, 500)
    for _ in range(10):
        block = np.exp(-block @ block / 500)


def measure(name):
    """One line in this process: CPU, wall, and the CPU of the fixed piece of work."""
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from lines import GROWTH, LINES

    group, _, size = name.partition("=")
    line = GROWTH[group][int(size)] if size else LINES[name]
    given = line.ready()
    if line.runs > 1:
        line.task(given)
    spent = timed(line.task, given, line.runs)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"cpu": spent[0], "wall": spent[1], "unit": timed(unit, None, 5)[0], "GiB": memory}


def elsewhere(name, checkout):
    """The same in a fresh process, of this or another checkout."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(checkout)}
    found = subprocess.run(
        [sys.executable, __file__, "--one", name],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode:
        return None
    return json.loads(found.stdout)


def rounds(name, checkouts):
    """Medians of several processes for each checkout, in turn."""
    rows = {str(place): [] for place in checkouts}
    for _ in range(ROUNDS):
        for place in checkouts:
            rows[str(place)].append(elsewhere(name, place))
    return [middle(found) for found in rows.values()]


def middle(rows):
    """Median of each figure; None where the release cannot run the line."""
    if any(row is None for row in rows):
        return None
    return {key: statistics.median(row[key] for row in rows) for key in rows[0]}


def table(names, checkouts, kept):
    """Print every line; the lines that are slower than the kept table allows."""
    from lines import LINES

    slower, found = [], {}
    print(
        f"{'':38s} {'CPU':>9s} {'wall':>9s} {'units':>8s} {'kept':>8s} {'peer':>7s} {'other':>7s}"
    )
    for name in names:
        here, *other = rounds(name, checkouts)
        units, peer = here["cpu"] / here["unit"], LINES[name].peer
        found[name] = round(units, 4)
        ratios = [
            f"{kept[name]:8.3g}" if name in kept else "",
            f"{peer / here['cpu']:7.0f}" if peer else "",
            f"{other[0]['cpu'] / here['cpu']:7.2f}" if other and other[0] else "",
        ]
        print(
            f"{name:38s} {1e3 * here['cpu']:7.1f}ms {1e3 * here['wall']:7.1f}ms {units:8.3g} "
            f"{ratios[0]:>8s} {ratios[1]:>7s} {ratios[2]:>7s}",
            flush=True,
        )
        if units > SLOWER * kept.get(name, units):
            slower.append(f"{name}: {units / kept[name]:.2f} times the kept table")
    return slower, found


def growth(checkout):
    """Print CPU and memory as each size grows."""
    from lines import GROWTH

    for what, sizes in GROWTH.items():
        for size in sizes:
            row = elsewhere(f"{what}={size}", checkout)
            print(f"{what:20s} {size:>9d} {1e3 * row['cpu']:9.1f} ms CPU {row['GiB']:6.2f} GiB")


def main():
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--against", type=Path, metavar="CHECKOUT")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--one", metavar="LINE", help=argparse.SUPPRESS)
    parser.add_argument("lines", nargs="*", help="only lines that hold one of these words")
    asked = parser.parse_args()
    here = Path(__file__).resolve().parent.parent
    if asked.one:
        print(json.dumps(measure(asked.one)))
        return
    if asked.growth:
        growth(here)
        return
    from lines import LINES

    names = [n for n in LINES if not asked.lines or any(word in n for word in asked.lines)]
    kept = json.loads(KEPT.read_text()) if KEPT.is_file() else {}
    slower, found = table(names, [here, *([asked.against] if asked.against else [])], kept)
    if asked.keep:
        KEPT.write_text(json.dumps(kept | found, indent=1) + "\n")
    elif slower:
        sys.exit("\n".join(["slower than the kept table allows:", *slower]))


if __name__ == "__main__":
    main()
