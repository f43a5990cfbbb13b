"""Columns of an evidence file: which are required, what their cells hold, their former names."""

from collections.abc import Container
from dataclasses import dataclass

# Beginning of the columns of covariates, as "covariate:era".
COVARIATE = "covariate:"
# The control set of every row, where a file has no column control_set.
ONLY_SET = "all"


@dataclass(frozen=True)
class Column:
    """One column: its name, what a cell holds and what a blank one means.

    Attributes
    ----------
    name : str
    holds : str
    required : bool
    former : str
        Another name, which files written before have; empty where there is none.
    """

    name: str
    holds: str
    required: bool = False
    former: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names under which a header may give it."""
        return (self.name, self.former) if self.former else (self.name,)


COLUMNS = (
    Column("study", "name of the study", required=True, former="label"),
    Column(
        "arm",
        "name of the group of patients within its study; blank: the study is one group. Rows with "
        "the same study and arm are the same patients",
    ),
    Column(
        "successes",
        "patients with the outcome, 0 to n; blank only with a rate in `reported`",
        required=True,
        former="survivors",
    ),
    Column("n", "patients, at least 1", required=True),
    Column(
        "day",
        "day on which they were counted, a number above 0, or `discharge`, or `not stated`; "
        "without the column the outcome has no day",
        former="landmark_day",
    ),
    Column("relation", "`=` a count; `>=` or `<=` a bound on it; blank: `=`"),
    Column("endpoint", "the outcome, any name; the rows of a control set are of one outcome"),
    Column("source", "citation", former="citation"),
    Column("doubt", "what a reader must know beside the numbers; several separated by `;`"),
    Column(
        "control_set",
        "name of the set that the row belongs to, several separated by `;`; blank: none. Without "
        "the column every row is in the set `all`",
    ),
    Column("subset_of", "the arm of the same study of which these patients are a part"),
    Column("year", "when it was published"),
    Column("treatment", "what the patients got"),
    Column("population", "who they were"),
    Column("steroid_status", "remark on steroids before"),
    Column("reported", "a rate in percent, where no counts are reported"),
    Column("reported_ci", "its interval as reported"),
    Column("count_basis", "`reported` or `derived`"),
    Column(
        "checked_in",
        "where the count was read: `abstract`, `full text`, `press release`, `registry`, or "
        "`recalled`",
    ),
    Column("doi", "of the source"),
    Column("pmid", "of the source"),
    Column("identifiers", "doi and pmid: `as in source`, `recalled` or `none`"),
    Column("note", "remark"),
)
KNOWN = {name: column for column in COLUMNS for name in column.names}


def name_in(header: Container[str], column: str) -> str:
    """The name under which a header (or a row's cells by column) gives a column."""
    names = KNOWN[column].names
    return next((name for name in names if name in header), column)


def table() -> list[tuple[str, str, str]]:
    """For the schema page: names, required or optional, and what a cell holds."""
    rows = [
        (
            f"`{column.name}`" + (f" (also `{column.former}`)" if column.former else ""),
            "required" if column.required else "optional",
            column.holds,
        )
        for column in COLUMNS
    ]
    holds = "a number for meta-regression, as `covariate:era`; blank: not stated"
    return [*rows, (f"`{COVARIATE}` and a name", "optional", holds)]
