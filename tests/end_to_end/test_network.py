"""When the way to GitHub is broken: names, TLS, proxies, and what happens below HTTP."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command import Command
from standin import TOKEN, StandIn, proxy
from standin.proxy import CERTIFICATE, Harm, Proxy, Trouble
from trial import Trial, assert_nothing_left, made_list, made_world, run_trial

COUNT = 6


def addresses(url: str) -> dict[str, str]:
    """The environment that leads the command to `url`."""
    return {"GITHUB_API_URL": url, "GITHUB_GRAPHQL_URL": f"{url}/graphql", "DEPSDEV_API_URL": url}


def assert_one_sentence(run: subprocess.CompletedProcess[str], *parts: str) -> None:
    """Exit 1, nothing on stdout, and one line on stderr that has all `parts`."""
    assert (run.returncode, run.stdout) == (1, "")
    lines = [line for line in run.stderr.splitlines() if not line.startswith("warning: ")]
    assert len(lines) == 1, run.stderr
    for part in parts:
        assert part in lines[0]
    assert "Traceback" not in run.stderr
    assert TOKEN not in run.stderr


@pytest.fixture
def tls(github: StandIn) -> Iterator[Proxy]:
    """The stand-in behind TLS, with a certificate that only its owner trusts."""
    with Proxy(github.port, tls=True) as running:
        yield running


def test_a_certificate_that_does_not_verify(
    github: StandIn, run_crawler: Command, tls: Proxy
) -> None:
    """One sentence with host and cause, exit 1; no token was sent."""
    env = {**addresses(tls.url), "SSL_CERT_FILE": ""}
    run = run_crawler("small/list", "--retries", "0", token=TOKEN, env=env)
    assert_one_sentence(run, f"localhost:{tls.port}", "certificate")
    assert not github.log.exchanges


def test_https_proxy_and_no_proxy_are_obeyed(run_crawler: Command, tls: Proxy) -> None:
    """HTTPS_PROXY leads through a tunnel to a host that is known to the proxy alone."""
    with Proxy(tls.port, tunnels=True) as tunnel:
        env = {
            **addresses("https://localhost:1"),
            "SSL_CERT_FILE": str(CERTIFICATE),
            "HTTPS_PROXY": tunnel.url,
        }
        run = run_crawler("small/list", "-f", "json", token=TOKEN, env=env)
        assert run.returncode == 0, run.stderr
        assert set(tunnel.tunnels) == {"localhost:1"}
        tunnel.tunnels.clear()
        env |= {**addresses(tls.url), "NO_PROXY": "localhost"}
        assert run_crawler("small/list", token=TOKEN, env=env).returncode == 0
        assert tunnel.tunnels == []


BELOW_HTTP: dict[str, Harm] = {
    "reset-before-the-answer": proxy.reset(),
    "reset-in-the-head": proxy.reset(20),
    "reset-in-the-body": proxy.reset(600),
    "cut-before-the-answer": proxy.cut(),
    "cut-in-the-head": proxy.cut(20),
    "cut-in-the-body": proxy.cut(600),
    "stall-before-the-answer": proxy.stall(),
    "stall-in-the-head": proxy.stall(20),
    "stall-in-the-body": proxy.stall(600),
    "drip": proxy.drip(10.0),
}


@pytest.mark.parametrize(
    ("harm", "provider"),
    [
        pytest.param(harm, provider, id=f"{provider}-{name}")
        for name, harm in BELOW_HTTP.items()
        for provider in ("graphql", "rest")
    ],
)
async def test_a_fault_below_http_passes(tmp_path: Path, harm: Harm, provider: str) -> None:
    """One more request, and all is ranked."""
    with StandIn(made_world(COUNT)) as github, Proxy(github.port) as relay:
        relay.troubles.append(Trouble(harm, skip=1))
        trial = await run_below(github, relay, tmp_path, provider=provider)
        assert (trial.status, trial.outcomes) == (0, {"ranked": COUNT}), trial.said
        assert trial.requests == (3 if provider == "graphql" else COUNT) + 1
        assert relay.troubles[0].hits == 1
        await assert_nothing_left(github)


@pytest.mark.parametrize("name", ["reset-in-the-head", "cut-in-the-body", "stall-in-the-body"])
async def test_a_network_that_is_lost_half_way(tmp_path: Path, name: str) -> None:
    """What was answered is ranked, the rest is unavailable; exit 3."""
    with StandIn(made_world(COUNT)) as github, Proxy(github.port) as relay:
        relay.troubles.append(Trouble(BELOW_HTTP[name], skip=1, times=None))
        trial = await run_below(github, relay, tmp_path, retries=0)
        assert (trial.status, trial.outcomes) == (3, {"ranked": 2, "unavailable": 4}), trial.said
        # One query, two that fail whole, and their four halves.
        assert trial.requests == 1 + 2 + 4
        await assert_nothing_left(github)


async def test_a_kept_connection_that_is_closed(tmp_path: Path) -> None:
    """A request that meets the end of an idle connection is sent again on a new one."""
    with StandIn(made_world(COUNT)) as github, Proxy(github.port) as relay:
        relay.troubles.append(Trouble(proxy.cut(), reused=True, times=None))
        trial = await run_below(github, relay, tmp_path)
        assert (trial.status, trial.outcomes) == (0, {"ranked": COUNT}), trial.said
        assert relay.troubles[0].hits == trial.requests - 3 == 2
        await assert_nothing_left(github)


async def run_below(github: StandIn, relay: Proxy, folder: Path, **settings: Any) -> Trial:
    """A run on a fake clock by way of `relay`."""
    path = made_list(folder, COUNT)
    # What is held back ends by the timeout; nothing else is in flight then.
    return await run_trial(github, relay=relay, lists=(str(path),), concurrency=1, **settings)
