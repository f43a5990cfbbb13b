"""The trial's own arms, treated and control: counts at the landmark day, or patients' own times."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bayesips.declare.arms import IN_COUNTS, files_of, read_arm
from bayesips.declare.table import Table
from bayesips.endpoints.patient_times import PatientArm
from bayesips.errors import Refused
from bayesips.evidence.arm import Arm
from bayesips.evidence.patient_files import read_times
from bayesips.words.outcome import Outcome

COUNTED = ("successes", "n", "observations")
NOT_A_CURVE = "digitised curves are for [history]; the trial's own patients are known one by one"
NOT_FREE_OF_IT = (
    "a file of times says who stayed alive, or free of an event, to the landmark day; with this "
    "[outcome] give successes and n"
)


@dataclass(frozen=True)
class Place:
    """What reading a trial's arm from a file needs to know of its model.

    Attributes
    ----------
    folder : Path
        Of the model file.
    day : float or None
        The landmark day.
    outcome : Outcome
    in_time : bool
        Whether the endpoint follows patients who stay free of an event.
    """

    folder: Path
    day: float | None
    outcome: Outcome
    in_time: bool

    def file(self, content: object) -> Path | None:
        """The file of times that an arm's table names; None where it names none."""
        name = content.get("times") if hasattr(content, "get") else None
        return self.folder / str(name) if name else None


def read_trial_arm(table: Table, place: Place, *others: str) -> Arm | None:
    """An arm of the trial; `others` are further keys of its table."""
    table.allow("label", "successes", "n", "times", *others, "source", "note")
    if "curve" in table.content:
        table.add_fault("curve", NOT_A_CURVE)
    if "times" in table.content:
        return _from_times(table, place)
    known = {key: value for key, value in table.content.items() if key != "curve"}
    return read_arm(Table(known, table.path, table.faults))


def _from_times(table: Table, place: Place) -> Arm | None:
    """Patients' own times as one count at the landmark day; None and faults where it is not one."""
    before = len(table.faults)
    for key in COUNTED:
        if key in table.content:
            table.add_fault(key, f"times is given too: {IN_COUNTS}")
    label, _ = table.text("label"), table.text("times")
    about = {name: table.text(name, None) for name in ("source", "note")}
    file = place.file(table.content)
    if not (place.outcome.is_survival or place.in_time):
        table.add_fault("times", NOT_FREE_OF_IT)
    if file is None or len(table.faults) > before:
        return None
    try:
        return _counted(read_times(file, label, **about), place.day)
    except Refused as error:
        table.add_fault("times", str(error).replace("\n", "\n  "))
        return None


def _counted(patients: PatientArm, day: float | None) -> Arm:
    """The patients alive on the landmark day.

    Raises
    ------
    Refused
        If there is no such day, or somebody was last seen before it.
    """
    if day is None:
        raise Refused(f"{patients.label}: times are counted at landmark_day, and none is stated")
    fewest, most = patients.alive_between(day)
    if fewest != most:
        raise Refused(
            f"{patients.label}: {most - fewest} of {patients.n} patients left before day {day:g}, "
            "alive when last seen; the trial's own arms enter by a count, which needs all of them "
            "followed to that day"
        )
    return patients.counted_at(day)


def check_trial(top: Table, arms: Iterable[Arm | None], place: Place) -> tuple[Path, ...]:
    """Files of the trial's own patients; faults where a label or a file is another arm's too."""
    history = [arm for arm in arms if arm]
    contents = [top.content.get(key) for key in ("treated", "concurrent")]
    files = [file for content in contents if (file := place.file(content))]
    known = [file.resolve() for file in (*files, *files_of(history))]
    for file in dict.fromkeys(file for file in known if known.count(file) > 1):
        top.faults.append(f"file {file.name} is given twice; no patient may enter twice")
    return tuple(files)


def check_concurrent(top: Table, concurrent: Arm | None, others: Iterable[Arm | None]) -> None:
    """Add a fault where the trial's own controls are another arm too."""
    if concurrent is not None and concurrent.label in {arm.label for arm in others if arm}:
        top.faults.append(
            f"[concurrent] label: {concurrent.label!r} is the label of another arm too; no patient "
            "may enter twice"
        )
