"""Durations as people write them."""

from __future__ import annotations

import re
from typing import Final

from crawler.errors import ConfigError

_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_duration(text: str) -> float:
    """The seconds of `90s`, `15m`, `12h` or `7d`; a bare number is seconds.

    Raises: ConfigError where it is none.
    """
    match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)([smhd]?)", text.strip())
    if match is None:
        raise ConfigError(f"{text!r} is no duration: write one such as 90s, 15m, 12h or 7d")
    return float(match[1]) * _SECONDS[match[2]]
