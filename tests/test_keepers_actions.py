"""The actions and recipes for the keepers of a list: check, comment, and one issue.

Their own scripts run here, in clones of a bare origin, against the stand-in of GitHub and one of
the endpoints of comments and issues.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from checkout import Checkout
from command import ROOT
from runners import ACTIONS, Runner, keys_below, make_runner, posix, run_script, scripts
from standin import StandIn

from crawler.cli.commands.recipe import Machine, fill

COMMIT = "0123456789abcdef0123456789abcdef01234567"
MACHINE = Machine(
    python="python",
    script=None,
    clone=Path("/opt/star-crawler"),
    here=Path("/tmp"),
    settings=Path("/etc/nobody"),
    actions=("someone/star-crawler", COMMIT),
)
CHECK, COMMENT, WEEKLY = (fill(f"check{kind}", MACHINE) for kind in ("", "-comment", "-weekly"))
ACTION = (ACTIONS / "check" / "action.yml").read_text("utf-8")
PUBLISH = (ACTIONS / "publish" / "action.yml").read_text("utf-8")
MARK = "<!-- star-crawler check -->"
BOT = "github-actions[bot]"

GOOD = "# List\n\n* [Alpha](https://github.com/alpha/tool)\n"
GONE = "* [Gone::error::](https://github.com/kappa/gone)\n"
MOVED = "* [Old](https://github.com/delta/before)\n"


@pytest.fixture
def runner(github: StandIn, tmp_path: Path) -> Runner:
    """A runner of the check whose GitHub is the stand-in."""
    return make_runner("check", github, tmp_path)


@pytest.fixture
def checkout(runner: Runner) -> Checkout:
    """The merge of a pull request that adds an entry, with the .gitignore of this repository."""
    made = Checkout.make(runner.workspace)
    made.write(".gitignore", (ROOT / ".gitignore").read_text("utf-8"))
    made.commit(README_md=GOOD)
    made.commit(README_md=GOOD + GONE)
    return made


def outputs(runner: Runner) -> dict[str, str]:
    """What the action hands on."""
    return dict(line.split("=", 1) for line in runner.results.read_text("utf-8").splitlines())


@posix
@pytest.mark.usefixtures("checkout")
def test_a_pull_request_answers_for_its_own_lines(runner: Runner, github: StandIn) -> None:
    """The finding stands at its line, in the summary, and in files; the step fails."""
    ran = runner(list="README.md", base="HEAD^1")
    assert ran.returncode == 4, ran.stderr
    assert re.findall(r"^::error (.*?)::", ran.stdout, re.M) == [
        "title=gone,file=README.md,line=4,endLine=4"
    ]
    assert runner.summary.read_text("utf-8").startswith(f"{MARK}\n**README.md**: 1 of 2 entries")
    found = outputs(runner)
    assert found["status"] == "4"
    counts = json.loads((Path(found["folder"]) / "check.json").read_text("utf-8"))["counts"]
    assert (counts["judged"], counts["fail"]) == (1, 1)
    assert not (Path(found["folder"]) / "check.patch").exists(), "there is nothing to mend"
    assert len(github.log.exchanges) == 1


@posix
def test_a_pull_request_cannot_exempt_itself(runner: Runner, checkout: Checkout) -> None:
    """Its own config does not count."""
    exempt = '[[crawler.exempt]]\nrepository = "*"\nrule = "gone"\nreason = "x"\n'
    checkout.git("reset", "-q", "--soft", "HEAD^1")
    checkout.commit(README_md=GOOD + GONE, config_toml=f"[crawler]\n{exempt}")
    assert runner(base="HEAD^1").returncode == 4
    checkout.commit(README_md=GOOD)
    checkout.commit(README_md=GOOD + GONE)
    assert runner(base="HEAD^1").returncode == 0


@posix
@pytest.mark.parametrize("value", ["$(touch taken)", """'; touch taken; "; touch taken; """, "-x"])
def test_an_input_is_no_command(runner: Runner, value: str) -> None:
    """Whatever stands in it, it is the path of a list, or a revision."""
    (runner.workspace / "README.md").write_text(GOOD, "utf-8")
    assert runner(list=value).returncode == 2
    assert runner(base=value).returncode == 2
    assert [path.name for path in runner.workspace.iterdir()] == ["README.md"]


@posix
def test_the_list_of_a_fork_is_read_as_data(runner: Runner, tmp_path: Path) -> None:
    """Of what a pull request brings, only the text of the list is taken; the rest is the base's."""
    (tmp_path / "origin").mkdir()
    origin = Checkout.make(tmp_path / "origin")
    origin.commit(README_md=GOOD, run_sh="base")
    origin.git("checkout", "-q", "-b", "pull")
    origin.commit(README_md=GOOD + GONE, run_sh="evil", config_toml="[crawler]\nlinks = 'all'")
    origin.git("update-ref", "refs/pull/7/merge", "HEAD")
    origin.git("checkout", "-q", "main")
    url = origin.folder.as_uri()
    home = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "RUNNER_TEMP": str(tmp_path)}
    cloned = run_script(f"git clone -q --depth=1 {url} workspace", tmp_path, home)
    assert cloned.returncode == 0, cloned.stderr
    (take,) = scripts(COMMENT)
    given = {**home, "LIST": "README.md", "NUMBER": "7", "TOKEN": "t"}
    taken = run_script(take, runner.workspace, given)
    assert taken.returncode == 0, taken.stderr
    assert (runner.workspace / "README.md").read_text("utf-8") == GOOD + GONE
    assert (runner.workspace / "run.sh").read_text("utf-8") == "base"
    assert not (runner.workspace / "config.toml").exists()
    ran = runner(list="README.md", base="HEAD")
    assert ran.returncode == 4, ran.stderr


class Endpoints:
    """The endpoints of comments and issues that the actions use."""

    def __init__(self) -> None:
        self.comments: list[dict[str, Any]] = []
        self.issues: list[dict[str, Any]] = []
        self.log: list[tuple[str, str]] = []
        self.status: int | None = None
        self.location: str | None = None
        self.tokens: set[str | None] = set()

    def answer(self, method: str, target: str, body: dict[str, Any]) -> tuple[int, Any]:
        """What one request is answered."""
        url = urlsplit(target)
        self.log.append((method, url.path))
        if self.status is not None:
            return self.status, {"message": "no"}
        found = re.fullmatch(
            r"/repos/o/list/issues(?:/(comments|7))?(?:/(comments|\d+))?", url.path
        )
        assert found, url.path
        kind = self.comments if "comments" in found.groups() else self.issues
        number = re.search(r"/(\d+)$", url.path)
        if method == "GET":
            query = parse_qs(url.query)
            (author,) = query.get("creator", [None])
            kind = [each for each in kind if author is None or each["user"]["login"] == author]
            start = (int(query["page"][0]) - 1) * 100
            return 200, kind[start : start + int(query["per_page"][0])]
        if method == "PATCH":
            assert number
            (one,) = [e for e in kind if number[1] in (str(e["id"]), str(e.get("number")))]
            one.update(body)
            return 200, one
        made = self.make(kind, **body)
        return 201, made

    def make(self, kind: list[dict[str, Any]], author: str = BOT, **body: Any) -> dict[str, Any]:
        """A new comment or issue."""
        number = 1000 + len(kind)
        made = {"id": number, "number": number, "state": "open", "user": {"login": author}, **body}
        kind.append(made)
        return made


@pytest.fixture
def endpoints() -> Iterator[tuple[Endpoints, str]]:
    """The endpoints and their address."""
    known = Endpoints()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size) or b"{}")
            known.tokens.add(self.headers.get("Authorization"))
            status, found = known.answer(self.command, self.path, body)
            self.send_response(status)
            if known.location:
                self.send_header("Location", known.location)
            self.end_headers()
            self.wfile.write(json.dumps(found).encode())

        do_GET = do_POST = do_PATCH = _serve

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield known, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def publish(endpoints: tuple[Endpoints, str], tmp_path: Path) -> Any:
    """Publishes a check with so many findings, on a pull request or as an issue."""

    def run(
        *, fail: int = 0, unknown: int = 0, pull: str = "", text: str = "found", patch: str = ""
    ) -> subprocess.CompletedProcess[str]:
        folder = tmp_path / "check"
        folder.mkdir(exist_ok=True)
        (folder / "check.md").write_text(f"{MARK}\n{text}\n", "utf-8")
        counts = {"pass": 3, "fail": fail, "warn": 0, "unknown": unknown}
        (folder / "check.json").write_text(json.dumps({"counts": counts}), "utf-8")
        (folder / "check.patch").write_text(patch, "utf-8")
        environment = {
            "PATH": os.environ["PATH"],
            "GITHUB_API_URL": endpoints[1],
            "GITHUB_REPOSITORY": "o/list",
            "GITHUB_ACTION_PATH": str(ACTIONS / "publish"),
            "GH_TOKEN": "secret",
            "FOLDER": str(folder),
            "PULL_REQUEST": pull,
            "TITLE": "To mend",
        }
        script = re.findall(r"run: (python3 .*)", PUBLISH)[0].replace("python3", sys.executable)
        return run_script(script, tmp_path, environment)

    return run


@posix
def test_one_comment_is_kept(endpoints: tuple[Endpoints, str], publish: Any) -> None:
    """It is made for the first finding, and says from then on what holds."""
    known, _ = endpoints
    known.make(known.comments, "somebody", body=f"{MARK}\nnot ours")
    # Nobody is named where an account was deleted.
    known.make(known.comments, body=f"{MARK}\nnot ours", user=None)
    assert publish(pull="7").returncode == 0
    assert len(known.comments) == 2
    for fail, text in ((2, "two"), (1, "one"), (0, "none")):
        assert publish(pull="7", fail=fail, text=text).returncode == 0
        assert [each["body"] for each in known.comments] == [
            f"{MARK}\nnot ours",
            f"{MARK}\nnot ours",
            f"{MARK}\n{text}\n",
        ]
    assert known.issues == []


@posix
def test_one_issue_is_kept(endpoints: tuple[Endpoints, str], publish: Any) -> None:
    """It is opened once, edited in place, closed while nothing is left, and opened again; what is
    only unknown neither opens nor closes it."""
    known, _ = endpoints
    known.make(known.issues, body=f"{MARK}\na pull request", pull_request={})
    known.make(known.issues, "somebody", body=f"{MARK}\nnot ours")
    for _ in range(6000):
        known.make(known.issues, "somebody", body="another")
    for _ in range(120):
        known.make(known.issues, body="of another workflow")
    for unknown in (0, 1):
        assert publish(unknown=unknown).returncode == 0
    assert len(known.issues) == 6122
    for fail, unknown, state in (
        *((2, 0, "open"), (0, 1, "open"), (0, 0, "closed")),
        *((0, 1, "closed"), (1, 1, "open")),
    ):
        assert publish(fail=fail, unknown=unknown, text=f"{fail} {unknown}").returncode == 0
        (ours,) = [each for each in known.issues if each.get("title") == "To mend"]
        assert (ours["body"], ours["state"]) == (f"{MARK}\n{fail} {unknown}\n", state)


@posix
def test_the_issue_holds_the_patch(endpoints: tuple[Endpoints, str], publish: Any) -> None:
    """Whole, in a fence that nothing in it ends; or not at all where it does not fit."""
    known, _ = endpoints
    patch = "--- a/README.md\n+++ b/README.md\n-````\n+x\n"
    publish(fail=1, patch=patch)
    assert f"`````diff\n{patch}`````\n" in known.issues[0]["body"]
    publish(fail=1, patch="+" * 70_000)
    assert "The patch is too long" in known.issues[0]["body"]
    assert len(known.issues[0]["body"]) <= 65_536


@posix
@pytest.mark.parametrize(
    ("status", "said"),
    [
        (403, "GitHub answered 403 to GET /issues: the token needs the permission"),
        (502, "GitHub answered 502 to GET /issues: run it again"),
        (302, "GitHub answered 302 to GET /issues: run it again"),
        (410, "GitHub answered 410 to GET /issues: the repository's settings turn issues off"),
    ],
)
def test_a_refusal_is_one_sentence(
    endpoints: tuple[Endpoints, str], publish: Any, status: int, said: str
) -> None:
    """The token is not in it, and follows no redirect."""
    known, url = endpoints
    known.status, known.location = status, f"{url}/elsewhere"
    ran = publish(fail=1)
    assert ran.returncode == 1
    assert ran.stderr.startswith(said)
    assert "secret" not in ran.stdout + ran.stderr
    assert known.log == [("GET", "/repos/o/list/issues")]


def test_who_may_write_runs_nothing_of_the_crawler() -> None:
    """Each recipe has one job that crawls and can only read; another one publishes."""
    for recipe, writes in ((CHECK, []), (COMMENT, ["pull-requests"]), (WEEKLY, ["issues"])):
        text = recipe.partition("\n# Left to do")[0]
        assert re.findall(r"^ +([\w-]+): write", text, re.M) == writes
        assert "\npermissions: {}\n" in text
        crawls, *publishes = re.split(r"\n  (?:comment|issue):\n", text)
        assert "write" not in crawls.partition("jobs:")[2].replace("write runs", "")
        assert all("actions/check" not in each for each in publishes)
        assert text.count("actions/checkout@") == text.count("persist-credentials: false")


def test_recipes_give_inputs_that_there_are() -> None:
    """To actions that are there, pinned by the commit of the clone."""
    for recipe in (CHECK, COMMENT, WEEKLY):
        for name, commit in re.findall(
            r"uses: someone/star-crawler/\.github/actions/(\w+)@(\w+)\n", recipe
        ):
            assert commit == COMMIT
            inputs = keys_below((ACTIONS / name / "action.yml").read_text("utf-8"), "inputs")
            step = recipe.partition(f"actions/{name}@{commit}\n")[2].partition("      - name:")[0]
            given = re.findall(r"^ {10}([\w-]+):", step.partition("\n# ")[0], re.M)
            assert given
            assert set(given) <= set(inputs)
        for name in re.findall(r"uses: (actions/.+)", recipe):
            assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", name)


@posix
@pytest.mark.parametrize("yaml", [ACTION, COMMENT], ids=["action", "comment"])
def test_the_scripts_take_nothing_into_their_text(yaml: str, tmp_path: Path) -> None:
    """An expression in a script would be code."""
    for script in scripts(yaml):
        assert "${{" not in script
        checked = run_script(f"set -n\n{script}", tmp_path, {"PATH": os.environ["PATH"]})
        assert (checked.returncode, checked.stderr) == (0, "")
