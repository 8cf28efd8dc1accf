"""`python -m crawler`."""

import gc
import sys

try:
    from crawler.cli.main import main
except ModuleNotFoundError as error:
    raise SystemExit(
        f"error: {error.name} is not installed for {sys.executable}: set the crawler up as its "
        "README says, and run it with the Python of that environment"
    ) from None

# A run makes many values and hardly any cycles; looking for those as often as Python does took a
# tenth of its processor time. Only here: importers decide for themselves.
gc.set_threshold(20_000)

if __name__ == "__main__":
    raise SystemExit(main())
