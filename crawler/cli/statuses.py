"""The exit statuses beside 0 and those of `CrawlerError.exit_status`."""

from typing import Final

INCOMPLETE: Final = 3
"""The report is there, but repositories are missing in it that a rerun may bring."""

FAILED_ON: Final = 4
"""The report is there, but with something in it that --fail-on names."""

SIGNALLED: Final = 128
"""Added to the number of the signal that ended the run, as shells do: 130 after Ctrl-C."""
