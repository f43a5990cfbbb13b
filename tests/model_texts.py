"""A good model file in pieces, for tests that change one of them."""

TOP = """
name = "trial"
question = "Is it better?"
endpoint = "binary"
landmark_day = 56
scale = "difference"
"""
TREATED = """
[treated]
label = "New"
successes = 5
n = 7
prior = [1, 1]
"""
HISTORY = """
[history]
arms = [
    { label = "Study 1", successes = 23, n = 107 },
    { label = "Study 2", successes = 12, n = 44 },
]
"""
CONTROL = """
[control]
method = "map"
mu = ["normal", 0, 2]
tau = ["half_normal", 1]
robust = { weight = 0.2, mean = 0.5, n = 1 }
"""
DECISION = """
[[decision]]
margin = 0.0
probability = 0.975
"""
GOOD = TOP + TREATED + HISTORY + CONTROL + DECISION
EVIDENCE = """study,arm,endpoint,landmark_day,relation,survivors,n,control_set
One,all,overall_survival,56,=,3,10,broad
Two,all,overall_survival,28,=,4,12,broad;young
Three,rate only,overall_survival,28,=,1,9,old
"""
FROM_FILE = '[history]\nevidence = "evidence.csv"\ncontrol_set = "broad"\n'


def changed(old, new):
    """The good model with one piece of text changed."""
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


def control(text):
    """The good model with another control table."""
    return GOOD.replace(CONTROL, f"\n[control]\n{text}\n")


def history(text):
    """The good model with another history table."""
    return GOOD.replace(HISTORY, f"\n[history]\n{text}\n")
