"""`python -m tests.benchmarks`: measure the command and exit with 1 where it is too slow."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import check, rows, speed

if __name__ == "__main__":
    name, *arguments = sys.argv[1:] or ["speed"]
    if name == "rows":
        raise SystemExit(rows.main(arguments))
    raise SystemExit(check.main() if name == "check" else speed.main())
