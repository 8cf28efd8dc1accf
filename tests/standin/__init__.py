"""A GitHub stand-in, on a real loopback socket or in the process: limits, refusals and faults.

What it knows and says is the demonstration's GitHub, in `crawler.cli.demo`.

server.py   around that GitHub: faults, latency, log, deps.dev, files; the socket
samples.py  ready-made worlds
schema.py   whether GitHub would take a query
depsdev.py  the same world as deps.dev tells it, which has no token
faults.py   what goes wrong, on which request, how often
log.py      what was asked, when, and how much at once
proxy.py    what goes wrong below HTTP, in front of the socket
threads.py  a server in a thread of its own
asking.py   requests to it, for its own tests
"""

from __future__ import annotations

from crawler.cli.demo.world import Forbidden, Repository, World
from standin import faults
from standin.faults import Fault, Gate
from standin.log import Exchange, Log
from standin.samples import TOKEN, publish, shared_folder, shared_world, small_world
from standin.server import File, Latency, StandIn

__all__ = [
    "TOKEN",
    "Exchange",
    "Fault",
    "File",
    "Forbidden",
    "Gate",
    "Latency",
    "Log",
    "Repository",
    "StandIn",
    "World",
    "faults",
    "publish",
    "shared_folder",
    "shared_world",
    "small_world",
]
