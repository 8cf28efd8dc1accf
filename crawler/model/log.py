"""The package's logger, silent for importers until they enable it.

`logger.enable("crawler")` enables it; the command does so.
"""

from __future__ import annotations

from loguru import logger

logger.disable("crawler")

__all__ = ["logger"]
