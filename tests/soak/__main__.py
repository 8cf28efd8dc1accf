"""`python -m tests.soak [SEEDS [FIRST]]`: so many random runs (200); exits with 1 if one fails."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from soak.storm import weather_the

SEEDS = 200


def main(arguments: list[str]) -> int:
    """Run the seeds one after the other, and name those that fail."""
    count, first = [int(each) for each in arguments] + [SEEDS, 0][len(arguments) :]
    failed = []
    started = time.perf_counter()
    for seed in range(first, first + count):
        with tempfile.TemporaryDirectory() as folder:
            try:
                print(f"{seed}: {asyncio.run(weather_the(seed, Path(folder)))}")
            except Exception:
                traceback.print_exc(limit=-2)
                failed.append(seed)
    print(f"{count} seeds in {time.perf_counter() - started:.0f} s, failed: {failed or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
