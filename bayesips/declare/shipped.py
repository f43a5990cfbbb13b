"""Where the shipped models and their evidence are: inside a wheel, or at the repository's root."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_PLACES = (_PACKAGE / "_models", _PACKAGE.parent / "models")  # a wheel's place, a checkout's place


def models_directory() -> Path:
    """Folder of the shipped model files; their evidence is in its subfolder ``evidence``.

    Returns
    -------
    Path
        An existing directory.

    Raises
    ------
    FileNotFoundError
        If the installation carries no models.
    """
    for place in _PLACES:
        if place.is_dir():
            return place
    raise FileNotFoundError(f"no shipped models: neither {_PLACES[0]} nor {_PLACES[1]} is a folder")
