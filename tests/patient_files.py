"""Invented patients for tests of model files: one file of times, one digitised curve."""

TIMES = """time,status
4,1
9,1
9,1
15,1
22,1
27,0
33,1
41,1
58,1
70,0
84,1
110,1
150,0
180,0
180,0
240,1
"""
CURVE = """time,survival,at_risk
0,1,30
7,0.90,
14,0.80,
28,0.63,19
42,0.53,
56,0.46,
70,0.42,12
100,0.35,
130,0.31,
170,0.31,7
"""
ARMS = """
[history]
arms = [
    { label = "Study 1", times = "times.csv", until = 180, source = "invented", note = "invented" },
    { label = "Study 2", curve = "curve.csv", source = "invented" },
    { label = "Study 3", successes = 8, n = 22, day = 28 },
    { label = "Study 4", successes = 9, n = 18, relation = ">=", day = 56 },
]
"""
TOP = """
name = "patients"
question = "Does it help?"
endpoint = "landmark"
landmark_day = 56

[treated]
label = "New"
successes = 5
n = 7
prior = [1, 1]
"""
REST = """
[control]
method = "map"
robust = { weight = 0.2, mean = 0.5, n = 1 }

[[decision]]
margin = 0.0
probability = 0.975
"""
MODEL = TOP + ARMS + REST


def written(folder, text=MODEL):
    """The model file, with the files of its patients beside it."""
    (folder / "times.csv").write_text(TIMES, encoding="utf-8")
    (folder / "curve.csv").write_text(CURVE, encoding="utf-8")
    file = folder / "patients.toml"
    file.write_text(text, encoding="utf-8")
    return file
