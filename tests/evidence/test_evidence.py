"""Evidence files: what is selected, what is refused, and how the binary endpoint reads it."""

import csv
import io

import pytest

from bayesips.endpoints.counts import binary_reading
from bayesips.evidence.arm import Arm
from bayesips.evidence.rows import EvidenceError
from bayesips.evidence.selection import load_evidence, without_bounds

COLUMNS = (
    "study,arm,subset_of,endpoint,landmark_day,relation,survivors,n,reported,control_set".split(",")
)
GOOD = {
    "study": "One",
    "arm": "all",
    "endpoint": "overall_survival",
    "landmark_day": "56",
    "relation": "=",
    "survivors": "3",
    "n": "10",
    "control_set": "broad",
}


def table(*changes, columns=COLUMNS):
    """Text of a file whose rows are the good row, changed."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({**GOOD, **change} for change in changes)
    return out.getvalue()


@pytest.fixture
def load(tmp_path):
    """Load evidence from text or bytes."""

    def loaded(content):
        file = tmp_path / "evidence.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load_evidence(file)

    return loaded


def refusal(load, content):
    """The message with which a file is refused; it names the file."""
    with pytest.raises(EvidenceError, match=r"evidence\.csv: ") as caught:
        load(content)
    assert caught.value.file.name == "evidence.csv"
    assert isinstance(caught.value, ValueError)
    return str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"survivors": "11"}, ("row 2, column survivors: '11' given", "at most the 10 patients")),
        ({"survivors": "-1"}, ("row 2, column survivors: '-1' given", "a whole number from 0")),
        ({"survivors": "3.5"}, ("row 2, column survivors: '3.5'", "a whole number from 0")),
        ({"survivors": "three"}, ("row 2, column survivors: 'three'", "a whole number from 0")),
        ({"survivors": "٣"}, ("row 2, column survivors", "a whole number from 0")),
        ({"survivors": ""}, ("row 2, column survivors: '' given", "a whole number from 0")),
        ({"survivors": "0", "n": "0"}, ("row 2, column n: '0' given", "at least 1 patient")),
        ({"n": "nan"}, ("row 2, column n: 'nan' given", "a whole number from 0")),
        ({"n": "9" * 30}, ("row 2, column n", "to 10000000")),
        ({"n": "", "survivors": "", "reported": "240"}, ("column n: ''", "a whole number")),
        ({"relation": "<"}, ("row 2, column relation: '<' given", "'=', '>=', '<='")),
        ({"landmark_day": "0"}, ("row 2, column landmark_day: '0'", "'discharge', 'not stated'")),
        ({"landmark_day": "-3"}, ("row 2, column landmark_day: '-3'", "a day above 0")),
        ({"landmark_day": ""}, ("row 2, column landmark_day: ''", "'discharge', 'not stated'")),
        ({"landmark_day": "inf"}, ("row 2, column landmark_day: 'inf'", "a day above 0")),
        ({"study": ""}, ("row 2, column study: '' given", "a name is required")),
        ({"subset_of": "everyone"}, ("row 2, column subset_of: 'everyone'", "none")),
    ],
)
def test_a_faulty_cell_is_named_with_its_row_its_column_and_what_is_allowed(load, change, said):
    message = refusal(load, table(change))
    assert all(part in message for part in said), message


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (({}, {}), "rows 2 and 3 (One, all), columns landmark_day and relation: 56"),
        (({"landmark_day": "discharge"},) * 2, "'discharge' and '=' given twice"),
        (
            ({}, {"landmark_day": "100", "survivors": "4"}),
            "column survivors: = 3 of 10 on day 56 and = 4 of 10 on day 100 given; never more",
        ),
        (
            ({"landmark_day": "100", "survivors": "4", "relation": ">="}, {}),
            "rows 2 and 3 (One, all), column survivors: = 3 of 10 on day 56 and >= 4",
        ),
        (
            ({"relation": "<="}, {"relation": ">=", "survivors": "4"}),
            "the rows of one day must not",
        ),
        (
            ({"relation": ">=", "survivors": "4"}, {"relation": "<="}),
            "the rows of one day must not",
        ),
        (({}, {"landmark_day": "100", "n": "11"}), "column n: 10 and 11 given for the same"),
        (
            ({}, {"arm": "part", "subset_of": "al"}),
            "row 3, column subset_of: 'al' given; another arm of One is required, which are 'all' "
            "(did you mean 'all'?)",
        ),
        (({}, {"arm": "part", "n": "12", "subset_of": "all"}), "12 patients cannot be part of"),
        (({"subset_of": "all"},), "another arm of One is required"),
    ],
)
def test_rows_of_the_same_patients_must_agree(load, rows, said):
    assert said in refusal(load, table(*rows))


def test_every_fault_of_a_file_is_in_one_message(load):
    rows = [{"survivors": "11"}, {"study": "Two", "relation": "~"}, {"study": "Three", "n": "x"}]
    message = refusal(load, table(*rows))
    assert "3 faults" in message
    for place in ("row 2, column survivors", "row 3, column relation", "row 4, column n"):
        assert place in message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty; the first row must name the columns"),
        ("\n\n", "empty"),
        (",".join(COLUMNS), "no rows below the header"),
        (b"\xff\xfe" + table({}).encode("utf-16-le"), "not UTF-8 text"),
        (table({"study": "Müller"}).encode("latin-1"), "not UTF-8 text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not UTF-8 text"),
        (b"study\0arm", "binary"),
        (table({}).replace(",", ";"), "separated by commas"),
        (table({}) + '"never closed', "not a table of comma-separated values"),
        (table({}) + "One,all,56\n", "row 3: 3 cells, but the header names 10"),
        (table({}, columns=COLUMNS[:7]), "row 1: column 'n' is missing"),
        (table({}).replace("survivors", "survivers"), "(did you mean 'survivers'?)"),
        (table({}).replace("subset_of", "subsetof"), "(did you mean 'subset_of'?)"),
        (table({}).replace("subset_of", "study"), "column 'study' appears 2 times"),
    ],
)
def test_a_file_that_is_no_evidence_table_is_refused(load, content, said):
    assert said in refusal(load, content)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(EvidenceError, match=r"absent\.csv: there is no such file"):
        load_evidence(tmp_path / "absent.csv")
    with pytest.raises(EvidenceError, match="cannot be read"):
        load_evidence(tmp_path)


def test_a_byte_order_mark_foreign_line_ends_and_blank_rows_are_tolerated(load):
    content = (table({}) + "\n,,,,,,,,,\n").replace("\n", "\r\n").encode("utf-8-sig")
    assert load(content).labels == ("One, all",)


def test_unknown_columns_are_carried_along(load):
    content = table({}).replace("control_set", "control_set,centre").replace("broad", "broad,Ulm")
    assert load(content).records()[0]["centre"] == "Ulm"


def test_rows_of_the_same_patients_make_one_arm_in_the_order_of_their_days(load):
    evidence = load(
        table(
            {"landmark_day": "not stated", "survivors": "1"},
            {"landmark_day": "100", "relation": "<=", "survivors": "2"},
            {"survivors": "3"},
        )
    )
    (arm,) = evidence.select("broad").arms
    assert arm.rows == ((56, "=", 3), (100, "<=", 2), ("not stated", "=", 1))
    assert arm.n == 10


def test_selection_follows_the_column_control_set(load):
    evidence = load(
        table(
            {"control_set": "broad;narrow"},
            {"study": "Two", "control_set": "narrow"},
            {"study": "Three", "control_set": ""},
        )
    )
    assert evidence.select("broad").labels == ("One, all",)
    assert evidence.select("narrow").labels == ("One, all", "Two, all")
    assert evidence.select("broad", "narrow").labels == ("One, all", "Two, all")
    with pytest.raises(EvidenceError, match=r"names broad, narrow \(did you mean 'broad'\?\)"):
        evidence.select("brod")


def test_a_group_and_its_part_are_never_selected_together(load):
    evidence = load(
        table(
            {},
            {"arm": "ventilated", "subset_of": "all", "n": "6", "control_set": "strata"},
            {"arm": "old", "subset_of": "ventilated", "n": "4", "control_set": "old"},
        )
    )
    for together in (("broad", "strata"), ("broad", "old"), ("strata", "old")):
        with pytest.raises(EvidenceError, match="or its patients count twice"):
            evidence.select(*together)
    assert len(evidence.select("strata").arms) == 1


def test_parts_that_must_overlap_are_never_selected_together(load):
    parts = [
        {"arm": arm, "n": n, "subset_of": "all", "control_set": "parts"}
        for arm, n in (("old", "6"), ("male", "5"))
    ]
    evidence = load(table({}, *parts))
    with pytest.raises(EvidenceError, match="'old', 'male' of One have more patients together"):
        evidence.select("parts")


def test_an_arm_or_a_whole_study_can_be_left_out(load):
    evidence = load(table({}, {"arm": "other"}, {"study": "Two"}))
    assert evidence.without("One, all").labels == ("One, other", "Two, all")
    assert evidence.without("One").labels == ("Two, all",)
    with pytest.raises(KeyError, match="did you mean 'One, all'"):
        evidence.without("One, al")


def test_a_rate_without_counts_is_a_row_but_no_arm(load):
    evidence = load(table({"survivors": "", "n": "", "reported": "24.5"}))
    assert evidence.arms == ()
    assert evidence.records()[0]["reported"] == "24.5"


@pytest.mark.parametrize(
    ("arm", "successes", "flags"),
    [
        (Arm("a", 3, 10), 3, ()),
        (Arm("a", 3, 10, day=56), 3, ()),
        (Arm("a", 3, 10, day=28), 3, ("day 28, not day 56",)),
        (Arm("a", 3, 10, day="discharge"), 3, ("day of discharge unknown",)),
        (Arm("a", 3, 10, day="not stated"), 3, ("day not stated",)),
        (
            Arm("a", 3, 10, day=100, relation="<="),
            3,
            ("bound read as a count (at most)", "day 100, not day 56"),
        ),
        (
            Arm("a", 9, 18, day=56, relation=">=", observations=[(100, "<=", 8)]),
            9,
            ("bound read as a count (at least)",),
        ),
        (Arm("a", 9, 18, day=28, observations=[(60, "=", 8)]), 8, ("day 60, not day 56",)),
        (Arm("a", 9, 18, day=56, relation=">=", observations=[(56, "<=", 9)]), 9, None),
        (Arm("a", 9, 18, day="discharge", observations=[(400, "=", 2)]), 2, None),
    ],
)
def test_the_binary_reading_takes_the_nearest_row_and_says_why_it_is_no_such_count(
    arm, successes, flags
):
    (read,) = binary_reading((arm,), 56)
    assert (read.successes, read.n, read.relation, read.observations) == (
        successes,
        arm.n,
        "=",
        (),
    )
    assert flags is None or read.flags == flags


def test_without_bounds_an_arm_keeps_its_counts_and_one_of_bounds_alone_goes():
    count = Arm("count", 3, 10, day=56, relation=">=", observations=[(28, "=", 5)])
    bound = Arm("bound", 3, 10, day=56, relation=">=", observations=[(100, "<=", 5)])
    (kept,) = without_bounds((bound, count))
    assert kept.label == "count"
    assert kept.rows == ((28, "=", 5),)
