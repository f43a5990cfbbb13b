"""The conclusion of every shipped assessment, word for word.

A conclusion that changes is a change that readers must see: after looking at it, write it anew
with `python -m tests.models.test_golden_conclusions`. An empty file `golden/NAME.txt` adds a model.
"""

from pathlib import Path

import pytest

from bayesips.answer.assessment import assess
from bayesips.report import conclusion

GOLDEN = Path(__file__).parent / "golden"
NAMES = [path.stem for path in sorted(GOLDEN.glob("*.txt"))]


@pytest.mark.parametrize("name", NAMES)
def test_the_conclusion_reads_as_before(name):
    assert conclusion(assess(name)) + "\n" == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.txt")), ids=lambda path: path.stem)
def test_a_conclusion_never_claims_proof_and_names_what_it_rests_on(path):
    text = path.read_text(encoding="utf-8")
    assert not any(word in text.lower() for word in ("prove", "demonstrat", "significant"))
    assert 'control set "' in text
    assert "Given this control definition" in text
    assert "not confirmation" in text


if __name__ == "__main__":
    for each in NAMES:
        (GOLDEN / f"{each}.txt").write_text(conclusion(assess(each)) + "\n", encoding="utf-8")
