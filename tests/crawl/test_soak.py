"""Six random storms; `python -m tests.soak` has two hundred."""

from __future__ import annotations

from pathlib import Path

import pytest
from soak.storm import weather_the


@pytest.mark.parametrize("seed", range(6))
async def test_a_storm(seed: int, tmp_path: Path) -> None:
    """It ends, its sums reconcile, who can be answered is ranked, and nothing is left behind."""
    await weather_the(seed, tmp_path)
