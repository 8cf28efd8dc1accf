"""The user's own folders."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

NAME: Final = "star-crawler"


def user_folder(kind: Literal["config", "data"]) -> Path | None:
    """The program's folder among the user's; None where the user has no home folder, as in a
    container with the number of a user whom the container does not know."""
    import platformdirs

    find = platformdirs.user_config_path if kind == "config" else platformdirs.user_data_path
    try:
        folder = find(NAME, appauthor=False)
    except RuntimeError:
        return None
    # Older versions leave the ~ in it, which would be a folder of that name.
    return folder if folder.is_absolute() else None
