"""A small GitHub inside the process, so that anyone can try the crawler offline.

A demonstration is a real run in everything but its transport:

    await rank_repos(DEMO_LIST, token=DEMO_TOKEN, transport=DemoTransport())

The figures are of several days. A run as of an earlier one takes `DemoTransport(day)` and,
so that its report is dated then, `DemoClock(day)`.
"""

from __future__ import annotations

from crawler.cli.demo.clock import DemoClock
from crawler.cli.demo.repositories import DEMO_DATE, DEMO_LIST, DEMO_TOKEN, demo_days
from crawler.cli.demo.transport import DemoTransport

__all__ = ["DEMO_DATE", "DEMO_LIST", "DEMO_TOKEN", "DemoClock", "DemoTransport", "demo_days"]
