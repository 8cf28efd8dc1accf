"""A GitHub stand-in on a real loopback socket: its REST and GraphQL doors, limits and faults.

world.py    what the stand-in knows: repositories, tokens, quotas
samples.py  ready-made worlds
rest.py     world to REST answers
graphql.py  world to GraphQL answers, checked against a schema
depsdev.py  world to the answers of deps.dev, which has no token
faults.py   what goes wrong, on which request, how often
log.py      what was asked, when, and how much at once
server.py   the socket, in a thread of its own
proxy.py    what goes wrong below HTTP, in front of that socket
asking.py   requests to it, for its own tests
"""

from __future__ import annotations

from standin import faults
from standin.faults import Fault, Gate
from standin.log import Exchange, Log
from standin.samples import TOKEN, shared_folder, shared_world, small_world
from standin.server import Latency, StandIn
from standin.world import Block, Forbidden, Quota, Repository, World

__all__ = [
    "TOKEN",
    "Block",
    "Exchange",
    "Fault",
    "Forbidden",
    "Gate",
    "Latency",
    "Log",
    "Quota",
    "Repository",
    "StandIn",
    "World",
    "faults",
    "shared_folder",
    "shared_world",
    "small_world",
]
