"""The GitHub stand-in breaks as it is told, and counts what is under way."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from standin import Fault, Gate, StandIn, faults
from standin.asking import BEARER, ask, rest


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


def test_a_fault_by_owner_and_token(github: StandIn) -> None:
    """A fault may name an owner, or whether there is a token."""
    github.faults.append(Fault(faults.html(), owner="ALPHA", authorized=False, times=None))
    answer = rest(github, "/repos/alpha/tool")
    assert (answer.status_code, answer.headers["content-type"][:9]) == (502, "text/html")
    assert rest(github, "/repos/alpha/tool", **BEARER).status_code == 200
    assert rest(github, "/repos/beta/tool").status_code == 200


def test_limits_as_faults(github: StandIn) -> None:
    """A secondary limit says how long to wait only where it is told to."""
    github.faults.append(Fault(faults.secondary_limit(429, retry_after=30)))
    github.faults.append(Fault(faults.secondary_limit(), skip=1))
    first, second = (ask(github, "alpha/tool") for _ in range(2))
    assert (first.status_code, first.headers["retry-after"]) == (429, "30")
    assert (second.status_code, "retry-after" in second.headers) == (403, False)
    assert "secondary rate" in second.json()["message"]


def test_null_aliases(github: StandIn) -> None:
    """An alias may be null with an error of any type, or without one."""
    github.faults.append(Fault(faults.nullify("Beta/tool")))
    github.faults.append(Fault(faults.resources_exceeded("beta/tool"), skip=1))
    github.faults.append(Fault(faults.nullify(type_="INTERNAL"), skip=2))
    plain, exceeded, every = (ask(github, "alpha/tool", "beta/tool").json() for _ in range(3))
    assert (plain["data"]["r1"], "errors" in plain) == (None, False)
    assert plain["data"]["r0"]["databaseId"] == 1
    assert exceeded["errors"][0]["path"] == ["r1"]
    assert exceeded["errors"][0]["type"] == "RESOURCE_LIMITS_EXCEEDED"
    assert [error["type"] for error in every["errors"]] == ["INTERNAL", "INTERNAL"]


@pytest.mark.parametrize("action", [faults.cut_off(40), faults.reset(), faults.hang_up()])
def test_a_broken_connection_raises(github: StandIn, action: faults.Action) -> None:
    """A body that is cut off, a reset and a closed connection are errors of the client."""
    github.faults.append(Fault(action))
    with pytest.raises(httpx.TransportError):
        ask(github, "alpha/tool")
    assert ask(github, "alpha/tool").status_code == 200


def test_broken_bodies(github: StandIn) -> None:
    """Invalid JSON, a server error, and a body that inflates beyond measure."""
    github.faults.append(Fault(faults.invalid_json()))
    github.faults.append(Fault(faults.server_error(504), skip=1))
    github.faults.append(Fault(faults.gzip_bomb(100_000), skip=2))
    with pytest.raises(json.JSONDecodeError):
        ask(github, "alpha/tool").json()
    late = ask(github, "alpha/tool")
    assert (late.status_code, late.json()["data"]) == (504, None)
    assert len(ask(github, "alpha/tool").content) == 100_000


def test_a_drip_sends_the_true_answer(github: StandIn) -> None:
    """A slow answer is whole in the end."""
    github.faults.append(Fault(faults.drip(0, size=50)))
    assert ask(github, "alpha/tool").json()["data"]["r0"]["stargazerCount"] == 900
