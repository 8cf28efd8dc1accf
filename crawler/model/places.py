"""The user's own folders."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

NAME: Final = "star-crawler"


def user_folder(kind: Literal["config", "data"]) -> Path | None:
    """The program's folder among the user's folders; None if the user has no home folder, as in a
    container that runs with an unknown user number."""
    import platformdirs

    find = platformdirs.user_config_path if kind == "config" else platformdirs.user_data_path
    try:
        folder = find(NAME, appauthor=False)
    except RuntimeError:
        return None
    # Older versions of Python leave the ~ in it, which would create a folder of that name.
    return folder if folder.is_absolute() else None
