"""What GitHub's API says and wants, as pure functions: no network, no clock, no state."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding a body raises; the last where it is nested thousands deep."""

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
"""A number of things; more than JSON readers can hold is none."""
