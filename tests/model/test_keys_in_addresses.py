"""A key in the address of a list is nowhere but in the request that it is for."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from command import Command
from standin import TOKEN, File, StandIn
from standin.faults import Action, Fault, hang_up, reset, server_error, stall

from crawler.lists.locations import locate
from crawler.model.addresses import bare
from crawler.model.errors import ListError

KEY = "5ecret"
LIST = b"# Tools\n\n- [Tool](https://github.com/beta/tool)\n"
OUTPUTS = [
    *(f"out.{suffix}" for suffix in ("json", "jsonl", "csv", "html", "atom", "svg")),
    "{list}.md",
]
FLAGS = ["-v", "--log-file", "run.log", "--store", "s.db", "--retries", "0"]


@pytest.mark.parametrize(
    ("address", "said", "with_gap"),
    [
        ("https://host/a/b.md", "https://host/a/b.md", "https://host/a/b.md"),
        ("https://host:80/@a/b@1.md", "https://host:80/@a/b@1.md", "https://host:80/@a/b@1.md"),
        ("http://[::1]:80/@a", "http://[::1]:80/@a", "http://[::1]:80/@a"),
        ("https://host/a?k=5ecret", "https://host/a", "https://host/a?…"),
        ("https://host/a#5ecret?k", "https://host/a", "https://host/a#…"),
        ("https://host?k=5ecret@b/c", "https://host", "https://host?…"),
        ("https://u:5ecret@host/a", "https://host/a", "https://…@host/a"),
        ("https://u:p@5ecret@host/a", "https://host/a", "https://…@host/a"),
        ("https://5ecret%40host/a", "https://host/a", "https://…@host/a"),
        ("https://u:p/5ecret@host/a?k", "https://host/a", "https://…@host/a?…"),
        ("https://u:p#5ecret@host", "https://host", "https://…@host"),
        ("https:\\\\u:5ecret@host\\a", "https:\\\\host\\a", "https:\\\\…@host\\a"),
        ("https:///u:5ecret@host/a", "https:///host/a", "https:///…@host/a"),
        ("//u:5ecret@host/a", "//host/a", "//…@host/a"),
        ("u:5ecret@host/a?5ecret", "host/a", "…@host/a?…"),
        ("owner/repo?k=5ecret", "owner/repo", "owner/repo?…"),
        ("a\n?b\n5ecret", "a\n", "a\n?…"),
        ("", "", ""),
    ],
)
def test_bare(address: str, said: str, with_gap: str) -> None:
    """User information, query and fragment are left out, also where the address is no good one."""
    assert bare(address) == said
    assert bare(address, "…") == with_gap


def files_of(github: StandIn) -> Mapping[str, File]:
    """What the web holds: lists, what is none, and redirects to addresses with a key."""
    here = github.url.removeprefix("http://")

    def to(target: str) -> File:
        return File(b"", {"location": target}, 302)

    return {
        "list.md": File(LIST, {"etag": '"1"'}),
        "binary.md": File(b"\xff\xfe\x00x"),
        "page.md": File(b"<!DOCTYPE html><html></html>", {"content-type": "text/html"}),
        "empty.md": File(b"\n"),
        "prose.md": File(b"Just prose.\n"),
        "large.md": File(b"x" * (10 * 2**20 + 1)),
        "to-query.md": to(f"/files/list.md?key={KEY}"),
        "to-fragment.md": to(f"/files/list.md#{KEY}"),
        "to-user.md": to(f"http://user:{KEY}@{here}/files/list.md"),
        "to-nothing.md": to(f"http://user:{KEY}@{here}/files/gone.md?key={KEY}"),
        "to-ring.md": to(f"/files/to-ring.md?key={KEY}"),
        "to-ftp.md": to(f"ftp://user:{KEY}@host/x?key={KEY}#{KEY}"),
        "to-no-address.md": to(f"http://user:{KEY}@[::1/x?key={KEY}"),
        "to-no-port.md": to(f"http://user:{KEY}@host:99999/x?key={KEY}"),
        "to-no-name.md": to(f"http://user:{KEY}@xn--/x?key={KEY}"),
        "to-password.md": to(f"http://user:{KEY}/x@host/"),
        "to-no-host.md": to(f"http://{KEY}%40{here}/x?key={KEY}"),
        "to-nobody.md": to(f"http://user:{KEY}@127.0.0.1:1/x?key={KEY}"),
    }


def assert_hidden(run_crawler: Command, *arguments: str) -> tuple[int, str]:
    """Run it and look for the key in everything that it says and leaves; its status, and stderr."""
    run = run_crawler(*arguments, token=TOKEN)
    assert KEY not in run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    left = [path for path in run_crawler.folder.rglob("*") if path.is_file()]
    for path in left:
        assert KEY.encode() not in path.read_bytes(), path.name
        assert KEY not in path.name
    return run.returncode, run.stderr


@pytest.mark.parametrize(
    "name",
    [
        f"owner/repo?key={KEY}",
        f"owner/repo#{KEY}",
        f"user:{KEY}@host/x.md",
        f"ftp://user:{KEY}@host/x.md?key={KEY}",
        f"https://user:{KEY}@host/x.md",
        f"https://{KEY}%40github.com/o/r",
        f"https://user:pa/{KEY}@host/x.md",
        f"https://user:pa#{KEY}@host/x.md",
        f"https:///user:{KEY}@host/x.md",
        f"https://host:port/x.md?key={KEY}",
        f"https://[::1/x.md?key={KEY}",
        f"https://host/x.md?key={KEY} 2",
        f"https://github.com/o/r/tree/main/..?key={KEY}",
        f"https://github.com/o/r/tree/main/a%0ab?key={KEY}",
    ],
)
def test_an_address_that_is_none_is_told_without_its_key(name: str) -> None:
    """Whatever is wrong with it, and wherever the key stands."""
    with pytest.raises(ListError) as caught:
        locate(name)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        f"missing/list.md?key={KEY}",
        f"https://github.com/no/one?key={KEY}#{KEY}",
        f"github.com/no/one/tree/main/docs?key={KEY}",
        *(
            f"WEB/{name}.md?key={KEY}#{KEY}"
            for name in (
                *("gone", "binary", "page", "empty", "prose", "large"),
                *("to-nothing", "to-ring", "to-ftp", "to-no-address", "to-no-port", "to-no-name"),
                *("to-no-host", "to-nobody", "to-password"),
            )
        ),
    ],
)
def test_what_is_no_list_is_named_without_its_key(
    github: StandIn, run_crawler: Command, name: str
) -> None:
    """Each refusal is one sentence, on standard error and in the log file."""
    github.files.update(files_of(github))
    named = name.replace("WEB", f"{github.url}/files")
    status, said = assert_hidden(run_crawler, named, *FLAGS)
    assert status in (1, 2)
    assert said.count("error:") == 1


@pytest.mark.parametrize(
    "name",
    [
        f"https://github.com/small/list?token={KEY}#{KEY}",
        f"WEB/list.md?key={KEY}#{KEY}",
        *(f"WEB/{name}.md" for name in ("to-query", "to-fragment", "to-user")),
    ],
)
def test_a_ranking_holds_no_key(github: StandIn, run_crawler: Command, name: str) -> None:
    """Neither its reports, nor its log, nor the store, nor what is made of them later."""
    github.files.update(files_of(github))
    named = name.replace("WEB", f"{github.url}/files")
    outputs = [word for output in OUTPUTS for word in ("-o", output)]
    assert assert_hidden(run_crawler, named, *FLAGS, *outputs)[0] in (0, 3)
    assert assert_hidden(run_crawler, named, *FLAGS, "--dry-run")[0] == 0
    assert assert_hidden(run_crawler, "report", named, "--store", "s.db")[0] == 0
    assert {"run.log", "s.db", *OUTPUTS[:-1]} <= {path.name for path in run_crawler.cwd.iterdir()}


def test_a_list_that_is_not_known_is_told_without_its_key(run_crawler: Command) -> None:
    """Where there is no such run to report, and no such list offline."""
    assert run_crawler("small/list", *FLAGS, token=TOKEN).returncode in (0, 3)
    name = f"https://github.com/owner/other?key={KEY}"
    assert assert_hidden(run_crawler, name, *FLAGS, "--offline")[0] == 2
    assert assert_hidden(run_crawler, "report", name, "--store", "s.db")[0] == 1


@pytest.mark.parametrize("harm", [server_error(500), hang_up(), reset(), stall()])
def test_a_broken_answer_is_told_without_the_key(
    github: StandIn, run_crawler: Command, harm: Action
) -> None:
    """Where the server of the list, or the one that it redirects to, does not answer."""
    github.files.update(files_of(github))
    github.faults.append(Fault(harm, kind="file", skip=1))
    status, _ = assert_hidden(
        run_crawler, f"{github.url}/files/to-user.md?key={KEY}", *FLAGS, "--timeout", "0.1s"
    )
    assert status == 1


@pytest.mark.parametrize("name", ["api_url", "graphql_url", "depsdev_url"])
def test_an_address_of_an_api_is_told_without_its_key(run_crawler: Command, name: str) -> None:
    """It may have none; who gives one learns so without seeing it."""
    for url in (f"https://host/api?key={KEY}", f"https://user:{KEY}@host", f"https://host/#{KEY}"):
        # Who is not asked is not looked at.
        is_depsdev = name == "depsdev_url"
        token = None if is_depsdev else TOKEN
        ours = ("DEPSDEV_API_URL",) if is_depsdev else ("GITHUB_API_URL", "GITHUB_GRAPHQL_URL")
        env = dict.fromkeys(ours, "")
        flags = run_crawler.config(**{name: url})
        run = run_crawler("small/list", *flags, token=token, env=env)
        assert run.returncode == 2
        assert KEY not in run.stdout + run.stderr
