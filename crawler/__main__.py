"""`python -m crawler`, and the installed `star-crawler`."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - users of an older version get a sentence
    raise SystemExit(
        f"error: the star crawler needs Python 3.11 or later, and {sys.executable} is "
        f"{sys.version_info[0]}.{sys.version_info[1]}"
    )

import atexit
import gc
import os
from typing import NoReturn

# A run makes many values and hardly any cycles: looking for those as often as Python does takes a
# tenth of its processor time. Only here: importers decide for themselves.
gc.set_threshold(100_000)
# The log has a handler of its own; the one that loguru makes when it is imported would be removed.
os.environ.setdefault("LOGURU_AUTOINIT", "0")


def main() -> NoReturn:
    """Run the command; if a library is missing, say so in one sentence."""
    try:
        from crawler.cli.main import main as run

        end(run())
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "crawler":
            raise
        raise SystemExit(
            f"error: {error.name} is not installed for {sys.executable}: set the crawler up as its "
            "README says, and run it with the Python of that environment"
        ) from None


def end(status: int) -> NoReturn:
    """End the process without freeing every object first, which takes as long as a report."""
    if sys.gettrace() or sys.getprofile():
        raise SystemExit(status)  # a debugger, a profiler or coverage is not done yet
    atexit._run_exitfuncs()
    try:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
    except (OSError, ValueError):
        raise SystemExit(status) from None  # Python itself deals with what cannot be written
    os._exit(status)


if __name__ == "__main__":
    main()
