"""`python -m crawler`."""

import atexit
import gc
import os
import sys

# A run makes many values and hardly any cycles: looking for those as often as Python does takes a
# tenth of its processor time, and once more at the end of the process as long as a report.
# Only here: importers decide for themselves.
gc.set_threshold(20_000)
atexit.register(gc.freeze)
# The log has a handler of its own; the one that loguru makes when it is imported would be removed.
os.environ.setdefault("LOGURU_AUTOINIT", "0")

try:
    from crawler.cli.main import main
except ModuleNotFoundError as error:
    raise SystemExit(
        f"error: {error.name} is not installed for {sys.executable}: set the crawler up as its "
        "README says, and run it with the Python of that environment"
    ) from None

if __name__ == "__main__":
    raise SystemExit(main())
