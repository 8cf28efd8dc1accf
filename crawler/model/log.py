"""The package's logger, silent for importers until somebody enables it.

`logger.enable("crawler")` makes it speak; the command does.
"""

from __future__ import annotations

from loguru import logger

logger.disable("crawler")

__all__ = ["logger"]
