"""Malformed model files: one message naming file, table, key and what is allowed."""

import pytest

from bayesips.declare.model import ModelError, load_model, shipped_names
from tests.model_texts import (
    CONTROL,
    DECISION,
    EVIDENCE,
    FROM_FILE,
    GOOD,
    HISTORY,
    TOP,
    TREATED,
    changed,
    control,
    history,
)


@pytest.fixture
def load(tmp_path):
    """Load a model from text or bytes, an evidence file beside it."""

    def loaded(content):
        file = tmp_path / "trial.toml"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        (tmp_path / "evidence.csv").write_text(EVIDENCE)
        return load_model(file)

    return loaded


def refusal(load, content):
    """The message with which a model is refused; it names the file."""
    with pytest.raises(ModelError, match=r"trial\.toml: ") as caught:
        load(content)
    assert caught.value.file.name == "trial.toml"
    return str(caught.value)


FAULTS = [
    # the file
    ("name = ", "not valid TOML"),
    ("name = 'a'\nname = 'b'\n" + GOOD, "not valid TOML"),
    ("a = " + "[" * 100_000, "nested too deeply"),
    ("a = " + "9" * 5000, "not valid TOML"),
    (GOOD.encode("utf-16"), "not UTF-8 text"),
    (b"\x89PNG\r\n\x1a\n\0\0", "not UTF-8 text"),
    # the top level
    (changed('name = "trial"', "name = 3"), "top level, name: 3 given; a text is required"),
    (changed('name = "trial"', ""), "top level, name: missing; a text is required"),
    (changed('"Is it better?"', '" "'), "top level, question: ' ' given; a text"),
    (changed('"Is it better?"', "1979-05-27"), "question: the date 1979-05-27 given"),
    (changed("question", "qestion"), "qestion: unknown key (did you mean 'question'?)"),
    (changed('"binary"', '"binery"'), "endpoint: 'binery' given; allowed are 'binary', 'landmark'"),
    (changed('"binary"', '"binery"'), "(did you mean 'binary'?)"),
    (changed('"binary"', "['binary']"), "endpoint: the list ['binary'] given"),
    (changed('"difference"', '"odds"'), "allowed are 'difference', 'ratio', 'odds_ratio'"),
    (changed("day = 56", "day = 0"), "landmark_day: 0 given; a number above 0 is required"),
    (changed("day = 56", "day = true"), "landmark_day: true given; a number above 0"),
    (changed("day = 56", "day = inf"), "landmark_day: inf given; a number above 0"),
    (changed("day = 56", "day = '56'"), "landmark_day: '56' given; a number above 0"),
    (
        changed("landmark_day = 56\n", "").replace(HISTORY, FROM_FILE),
        "landmark_day: missing; a number above 0 is required",
    ),
    (changed("landmark_day = 56\n", "").replace("binary", "landmark"), "landmark_day: missing"),
    (GOOD + "[landmark]\n", "landmark: the table {} given; the endpoint is 'binary'"),
    (GOOD + "[binary]\nlinks = 'logit'", "[binary] links: unknown key (did you mean 'link'?)"),
    (GOOD + "[binary]\nlink = 'probit'", "[binary] unknown link 'probit'; allowed are"),
    (GOOD + "[binary]\nlink = 3", "[binary] link: 3 given; a text is required"),
    # the treated arm
    (GOOD.replace(TREATED, ""), "treated: missing; a table is required with label, successes"),
    (GOOD.replace(TREATED, "treated = 3"), "treated: 3 given; a table is required"),
    (changed("successes = 5", "succeses = 5"), "[treated] succeses: unknown key (did you mean"),
    (changed("successes = 5", "succeses = 5"), "[treated] successes: missing"),
    (changed("successes = 5", "successes = 8"), "successes: 8 given; a whole number from 0 to 7"),
    (changed("successes = 5", "successes = -1"), "[treated] successes: -1 given; a whole number"),
    (changed("successes = 5", "successes = 5.0"), "[treated] successes: 5.0 given; a whole"),
    (changed("successes = 5", "successes = true"), "[treated] successes: true given"),
    (changed("n = 7", "n = 0"), "[treated] n: 0 given; a whole number from 1 to 10000000"),
    (changed("n = 7", "n = nan"), "[treated] n: nan given; a whole number"),
    (changed("n = 7", f"n = 0x{'f' * 5000}"), "[treated] n: a number too long to print given"),
    (changed('"New"', '""'), "[treated] label: '' given; a text is required"),
    (changed("[1, 1]", "[1]"), "[treated] prior: the list [1] given; [a, b] with both above 0"),
    (changed("[1, 1]", "[0, 1]"), "[treated] prior: the list [0, 1] given"),
    (changed("[1, 1]", "[1, inf]"), "[treated] prior: the list [1, inf] given"),
    (changed("[1, 1]", "[true, 1]"), "[treated] prior: the list [True, 1] given"),
    (changed("[1, 1]", "1"), "[treated] prior: 1 given"),
    (changed("prior = [1, 1]", ""), "[treated] prior: missing; [a, b]"),
    (changed("[1, 1]", "{ mean = 0.4 }"), "[treated] prior: the table {'mean': 0.4} given"),
    (
        changed("[1, 1]", "{ mean = 1.4, n = 2 }"),
        "[treated.prior] mean: 1.4 given; a number above 0 and below 1 is required",
    ),
    (changed("[1, 1]", "{ mean = 0.4, n = 0 }"), "[treated.prior] n: 0 given; a number above 0"),
    (
        changed("[1, 1]", "{ mean = 0.5, sd = 0.5 }"),
        "[treated.prior] sd: 0.5 given; a number above 0 and below 0.5 is required",
    ),
    (
        changed("[1, 1]", "{ weights = [0.5, 0.4], a = [1, 2], b = [1, 2] }"),
        "weights must be at least 0 and sum to 1",
    ),
    (
        changed("[1, 1]", "{ weights = [1], a = [1, 2], b = [1, 2] }"),
        "[treated] prior: the table {'weights': [1], 'a': [1, 2], 'b': [1, 2]} given; weights, a "
        "and b must be lists of one length",
    ),
    (
        changed("prior = [1, 1]", "prior = [1, 1]\nobservations = [[100, '<', 5]]"),
        '[treated] observations: the list [[100, \'<\', 5]] given; a list of [day, "=" or ">="',
    ),
    (
        changed("prior = [1, 1]", "prior = [1, 1]\nobservations = [[100, '=', 8]]"),
        "count from 0 to 7",
    ),
    (changed("prior = [1, 1]", "prior = [1, 1]\nobservations = 3"), "observations: 3 given"),
    (
        changed("prior = [1, 1]", "prior = [1, 1]\nobservations = [[100, '=', 6]]"),
        "[treated] New: alive at day 100 = 6, but at most 5 of 7 can be alive then",
    ),
    (
        changed("prior = [1, 1]", "prior = [1, 1]\nobservations = [[90, '>=', 6], [90, '<=', 2]]"),
        "[treated] New: alive at day 90 >= 6 and <= 2 of 7; the rows of that day contradict each",
    ),
    # history
    (GOOD.replace(HISTORY, ""), "history: missing; a table is required with evidence and"),
    (history(""), "[history] evidence: missing; a text is required"),
    (history(""), "[history] evidence: missing; a text is required"),
    (history("arms = []"), "[history] arms: the list [] given; a list of tables is required"),
    (history("arms = [3]"), "each with label, successes and n"),
    (history("arms = [{ label = 'a', successes = 3, n = 2 }]"), "[history.arms 1] successes: 3"),
    (history("arms = [{ label = 'a', successes = 1, m = 2 }]"), "[history.arms 1] m: unknown key"),
    (history("arms = [{ label = 'a', successes = 1, n = 2, day = -1 }]"), "arms 1] day: -1 given"),
    (
        history("arms = [{ label = 'a', successes = 1, n = 2, relation = '<' }]"),
        "[history.arms 1] relation: '<' given; allowed are '=', '>=', '<='",
    ),
    (
        history("arms = [" + "{ label = 'a', successes = 1, n = 2 }, " * 2 + "]"),
        "label 'a' is given twice; each arm needs its own",
    ),
    (
        history("arms = [{ label = 'New', successes = 1, n = 2 }]"),
        "[history] 'New' is treated and cannot be its own control",
    ),
    (
        history("control_set = 'broad'\narms = [{ label = 'a', successes = 1, n = 2 }]"),
        "[history] control_set: 'broad' given; either evidence with a control_set, or arms, not",
    ),
    (history("evidence = 'no.csv'\ncontrol_set = 'broad'"), "no.csv: there is no such file"),
    (history("evidence = '.'\ncontrol_set = 'broad'"), "[history] evidence: '.' given; evidence"),
    (history("evidence = 'trial.toml'\ncontrol_set = 'broad'"), "[history] evidence: 'trial.toml'"),
    (history("evidence = \"a\\u0000b\"\ncontrol_set = 'broad'"), "cannot be read"),
    (history("evidence = 'evidence.csv'\ncontrol_set = 3"), "[history] control_set: 3 given"),
    (
        history("evidence = 'evidence.csv'\ncontrol_set = 'broat'"),
        "[history] control_set: 'broat' given; control_set 'broat' is not in the file; it names "
        "broad, young, old (did you mean 'broad'?)",
    ),
    (history("evidnce = 'evidence.csv'"), "evidnce: unknown key (did you mean 'evidence'?)"),
    # the control
    (GOOD.replace(CONTROL, ""), "control: missing; a table is required with a method"),
    (control(""), "[control] method: missing; allowed are"),
    (control("method = 'mapp'"), "[control] method: 'mapp' given; allowed are"),
    (control("method = 'mapp'"), "(did you mean 'map'?)"),
    (control("method = 3"), "[control] method: 3 given; allowed are"),
    (control("method = 'map'\nta = 1"), "[control] ta: unknown key (did you mean 'tau'?)"),
    (control("method = 'map'\ntau = 1"), "[control] tau: 1 given; a prior is required, as"),
    (control("method = 'map'\ntau = []"), "[control] tau: the list [] given; a prior"),
    (control("method = 'map'\ntau = 'half_normal'"), "[control] tau: 'half_normal' given"),
    (control("method = 'map'\ntau = ['half_norml', 1]"), "unknown prior 'half_norml'; allowed are"),
    (control("method = 'map'\ntau = ['half_normal']"), "half_normal takes scale; got 0 numbers"),
    (control("method = 'map'\ntau = ['half_normal', -1]"), "scale is -1.0; it must be above 0"),
    (control("method = 'map'\ntau = ['half_normal', nan]"), "the numbers of a prior are finite"),
    (control("method = 'map'\ntau = ['half_normal', true]"), "the numbers of a prior are finite"),
    (control("method = 'map'\ntau = ['half_normal', [1, 2]]"), "the numbers of a prior are finite"),
    (control("method = 'map'\ntau = ['normal', 0, 1]"), "[control] tau is normal(0, 1); allowed"),
    (control("method = 'map'\ntau = ['mixture', 3]"), "[control] tau: the list ['mixture', 3]"),
    (control("method = 'map'\ntau = ['mixture', [1, [2]]]"), "[control] tau: the list ['mixture'"),
    (control("method = 'benchmark'"), "[control] rate: missing; method 'benchmark' is nothing"),
    (
        control("method = 'benchmark'\nrate = 24.5"),
        "rate: 24.5 given; a number above 0 and below 1",
    ),
    (control("method = 'benchmark'\nrate = '24'"), "rate: '24' given; a number above 0"),
    (control("method = 'benchmark'\nrate = true"), "rate: true given; a number above 0"),
    (control("method = 'benchmark'\nrate = nan"), "rate: nan given; a number above 0"),
    (
        control("method = 'benchmark'\nrate = [0.2, 0.3]"),
        "rate: the list [0.2, 0.3] given; a number",
    ),
    (
        changed("n = 1 }", "n = 9999999999999999999999 }"),
        "[control.robust] n: 9999999999999999999999",
    ),
    (
        changed('"binary"', '"landmark"') + "[landmark]\ndischarge = [60]",
        "[landmark] discharge: the list [60] given; a list of 2 finite numbers is required",
    ),
    (
        changed('"binary"', '"landmark"') + "[landmark]\nshape = [60]",
        "[landmark] shape: the list [60] given; a prior is required, as",
    ),
    (control("method = 'power'\ndiscount = 1.5"), "discount: 1.5 given; a number from 0 to 1"),
    (
        control("method = 'power'\ndiscount = [0.5, 0.5, 0.5]"),
        "[control] discount: the list [0.5, 0.5, 0.5] given; one number, or one for each of the 2",
    ),
    (
        GOOD.replace(HISTORY, FROM_FILE.replace("broad", "young")).replace("map", "stratified"),
        "[history] 1 arms with counts given; method 'stratified' needs exactly 2",
    ),
    (control("method = 'stratified'\nshare = 0.5"), "[control] share: 0.5 given; a prior is"),
    (changed("weight = 0.2", "weight = 1.2"), "[control.robust] weight: 1.2 given; a number from"),
    (changed("weight = 0.2, ", ""), "[control.robust] weight: missing; a number from 0 to 1"),
    (changed("weight = 0.2", "wieght = 0.2"), "wieght: unknown key (did you mean 'weight'?)"),
    (changed("mean = 0.5, n", "mean = 0, n"), "[control.robust] mean: 0 given; a number above 0"),
    (changed("n = 1 }", "n = -1 }"), "[control.robust] n: -1 given; a number from 0 up"),
    (changed("robust = { weight = 0.2, mean = 0.5, n = 1 }", "robust = 0.2"), "robust: 0.2 given"),
    # bias, decisions, sensitivity
    (GOOD + "[bias]\nzeal = 0.4", "[bias] zeal: 0.4 given; a table is required with mean and sd"),
    (GOOD + "[bias]\nzeal = { mean = 0.4 }", "[bias.zeal] sd: missing; a number from 0 up"),
    (GOOD + "[bias]\nzeal = { mean = 0.4, sd = -1 }", "[bias.zeal] sd: -1 given; a number from 0"),
    (GOOD + "[bias]\nzeal = { mean = inf, sd = 1 }", "[bias.zeal] mean: inf given; a finite"),
    (GOOD.replace(DECISION, ""), "decision: missing; a list of tables is required"),
    (GOOD.replace("[[decision]]", "[decision]"), "each headed [[decision]]"),
    (changed("margin = 0.0", "margin = 1"), "[decision 1] margin: 1 given; a number above -1 and"),
    (changed("margin = 0.0", ""), "[decision 1] margin: missing; a number above -1 and below 1"),
    (changed('"difference"', '"ratio"'), "[decision 1] margin: 0.0 given; a number above 0"),
    (changed("0.975", "1.0"), "[decision 1] probability: 1.0 given; a number above 0 and below 1"),
    (changed("0.975", "97.5"), "[decision 1] probability: 97.5 given; a number above 0 and below"),
    (changed("probability", "probabilty"), "probabilty: unknown key (did you mean 'probability'?)"),
    (GOOD + DECISION.replace("0.975", "nan"), "[decision 2] probability: nan given"),
    (TOP + "sensitivity = 3\n" + GOOD[len(TOP) :], "sensitivity: 3 given; a table is required"),
]


@pytest.mark.parametrize(("content", "said"), FAULTS, ids=range(len(FAULTS)))
def test_a_malformed_model_is_refused_with_file_place_and_what_is_allowed(load, content, said):
    assert said in refusal(load, content)


def test_every_fault_of_a_model_is_in_one_message(load):
    text = changed("n = 7", "n = 0").replace("0.975", "2").replace('"map"', '"mop"')
    message = refusal(load, text)
    assert message.splitlines()[0].endswith("trial.toml: 3 faults")
    for place in ("[treated] n", "[control] method", "[decision 1] probability"):
        assert place in message


def test_one_fault_is_named_once_in_one_line(load):
    for text in (GOOD.replace(TREATED, ""), GOOD.replace(CONTROL, ""), GOOD.replace(HISTORY, "")):
        assert len(refusal(load, text).splitlines()) == 1


def test_faults_of_the_evidence_file_are_named_with_the_model(load, tmp_path):
    (tmp_path / "bad.csv").write_text(EVIDENCE.replace("=,3,10", "=,11,10").replace("28", "x"))
    message = refusal(load, history("evidence = 'bad.csv'\ncontrol_set = 'broad'"))
    for part in ("bad.csv: 3 faults", "row 2, column survivors: '11'", "row 4, column landmark"):
        assert part in message


@pytest.mark.parametrize("name", ["hlc01", "nowhere/hlc01.toml", "hlc01.toml", "a\0b", "x" * 5000])
def test_a_model_that_is_not_there_is_refused_with_those_that_are(name):
    with pytest.raises(ModelError) as caught:
        load_model(name)
    readable = "\0" not in name and len(name) < 5000
    expected = "(did you mean 'hlc001'?)" if readable else ""
    assert expected in str(caught.value)
    if readable:
        assert all(shipped in str(caught.value) for shipped in shipped_names())


def test_a_folder_is_no_model(tmp_path):
    with pytest.raises(ModelError, match="cannot be read"):
        load_model(tmp_path)
