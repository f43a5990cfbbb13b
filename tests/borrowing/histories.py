"""Histories that the tests of borrowing methods share."""

from bayesips.evidence.arm import Arm
from tests.reference_cases import load

CASES = load("borrowing")
# The broad set of HLC-001 as the binary endpoint reads it.
LUNG = [
    Arm("Kantrow", 18, 85),
    Arm("Fukuda", 20, 81),
    Arm("Tizon", 8, 22),
    Arm("Zhu", 3, 23),
    Arm("Sano", 3, 14),
    Arm("0403", 9, 18),
]
# Two arms that nearly agree, and the past of the reference cases.
TWO = [Arm("first", 12, 40), Arm("second", 9, 35)]
PAST = [Arm("past", 8, 40)]
CONTROLS = Arm("controls", 5, 7)


def published(name):
    """What a reference case says: its sharpest values, and how near one must come."""
    case = CASES[name]
    return case["recomputed"], case["inputs"]
