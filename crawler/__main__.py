"""`python -m crawler`."""

import gc

from crawler.cli import main

# A run makes many values and hardly any cycles; looking for those as often as Python does took a
# tenth of its processor time. Only here: importers decide for themselves.
gc.set_threshold(20_000)

if __name__ == "__main__":
    raise SystemExit(main())
