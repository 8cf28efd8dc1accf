"""The GitHub stand-in breaks as it is told, and counts what is under way."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from standin import Fault, Gate, StandIn, faults
from standin.asking import ask, rest


async def test_requests_in_flight_are_counted(github: StandIn) -> None:
    """Requests that wait at a gate are in flight together; sockets are counted until closed."""
    gate = Gate()
    github.faults.append(Fault(faults.hold(gate), kind="repository", times=None))
    async with httpx.AsyncClient(base_url=github.url, trust_env=False) as client:
        tasks = [asyncio.create_task(client.get("/repos/alpha/tool")) for _ in range(5)]
        await asyncio.to_thread(github.log.wait_for, lambda log: log.in_flight == 5)
        gate.open()
        assert [answer.status_code for answer in await asyncio.gather(*tasks)] == [200] * 5
        assert github.log.connections == 5
    await asyncio.to_thread(github.log.wait_for, lambda log: log.connections == 0)
    assert (github.log.max_in_flight, github.log.in_flight) == (5, 0)


async def test_a_cancelled_request_is_no_longer_in_flight(github: StandIn) -> None:
    """A caller that hangs up is noticed."""
    github.faults.append(Fault(faults.stall()))
    async with httpx.AsyncClient(trust_env=False) as client:
        task = asyncio.create_task(client.get(f"{github.url}/repos/alpha/tool"))
        await asyncio.to_thread(github.log.wait_for, lambda log: log.in_flight == 1)
        task.cancel()
        await asyncio.to_thread(github.log.wait_for, lambda log: log.in_flight == 0)
    assert github.log.exchanges[0].status is None


def test_a_fault_hits_the_requests_it_names(github: StandIn) -> None:
    """Kind, repository, skip and times say which requests are hit."""
    fault = Fault(faults.respond(500), kind="repository", repository="Alpha/tool", skip=1, times=2)
    github.faults.append(fault)
    assert rest(github, "/repos/beta/tool").status_code == 200
    statuses = [rest(github, "/repos/alpha/tool").status_code for _ in range(4)]
    assert statuses == [200, 500, 500, 200]
    assert ask(github, "alpha/tool").status_code == 200
    assert fault.hits == 2


@pytest.mark.parametrize("action", [faults.cut_off(40), faults.reset(), faults.hang_up()])
def test_a_broken_connection_raises(github: StandIn, action: faults.Action) -> None:
    """A body that is cut off, a reset and a closed connection are errors of the client."""
    github.faults.append(Fault(action))
    with pytest.raises(httpx.TransportError):
        ask(github, "alpha/tool")
    assert ask(github, "alpha/tool").status_code == 200
