"""The command: choose the verb, and turn errors into one sentence and an exit status."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence

from crawler.cli.commands import DEFAULT, load, verbs
from crawler.cli.statuses import SIGNALLED
from crawler.model.errors import CrawlerError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with `argv` (default: the process's) and return its exit status."""
    from crawler.cli.console import complain, print_out

    arguments = sys.argv[1:] if argv is None else argv
    try:
        try:
            match arguments:
                case ["-h" | "--help"]:
                    return load("help").run([])
                case [verb, *rest] if verb in verbs():
                    return load(verb).run(rest)
            return load(DEFAULT).run(arguments)
        except SystemExit:
            # The reader of --help output may be gone already.
            print_out("")
            raise
    except CrawlerError as error:
        complain(str(error))
        return error.exit_status
    except KeyboardInterrupt:
        complain("interrupted")
        return SIGNALLED + signal.SIGINT
