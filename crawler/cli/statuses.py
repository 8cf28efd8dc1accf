"""The exit statuses besides 0 and those of `CrawlerError.exit_status`."""

from typing import Final

INCOMPLETE: Final = 3
"""There is a report, but it lacks repositories that another run may get."""

FAILED_ON: Final = 4
"""There is a report, and it contains what --fail-on names."""

SIGNALLED: Final = 128
"""Added to the number of the signal that ended the run, as shells do: 130 after Ctrl-C."""
