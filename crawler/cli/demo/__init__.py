"""A small GitHub inside the process, so that anyone can try the crawler offline.

A demonstration is a real run except for its transport:

    await rank_repos(DEMO_LIST, token=DEMO_TOKEN, transport=DemoTransport())

There are figures of several days. For a run as of an earlier day, pass `DemoTransport(day)` and, so
that its report has that date, `DemoClock(day)`.
"""

from __future__ import annotations

from crawler.cli.demo.clock import DemoClock
from crawler.cli.demo.repositories import DEMO_DATE, DEMO_LIST, DEMO_TOKEN, demo_days
from crawler.cli.demo.transport import DemoTransport

__all__ = ["DEMO_DATE", "DEMO_LIST", "DEMO_TOKEN", "DemoClock", "DemoTransport", "demo_days"]
