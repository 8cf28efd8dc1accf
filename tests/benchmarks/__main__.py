"""`python -m tests.benchmarks`: measure the command and exit with 1 where it is too slow."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import rows, speed

if __name__ == "__main__":
    name, *arguments = sys.argv[1:] or ["speed"]
    raise SystemExit(rows.main(arguments) if name == "rows" else speed.main())
