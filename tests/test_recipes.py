"""The recipes for unattended runs, the action and the image hold together and work.

What needs cron, systemd, a runner or a container engine itself is not run here: the lines that they
would run are.
"""

from __future__ import annotations

import configparser
import os
import re
import shlex
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from runners import (
    ACTIONS,
    Runner,
    install_python,
    keys_below,
    make_runner,
    posix,
    run_script,
    scripts,
)
from standin import TOKEN, StandIn

from crawler.cli.commands import load
from crawler.cli.commands.rank import build_parser
from crawler.cli.commands.recipe import Machine, fill, recipes, this_machine
from crawler.cli.main import main
from crawler.model.config import make_settings, parse_config
from crawler.model.errors import UsageError
from crawler.reports.outputs import check_reports

ROOT: Final = Path(__file__).parents[1]
ACTION_FOLDER: Final = ACTIONS / "rank"
ACTION: Final = (ACTION_FOLDER / "action.yml").read_text("utf-8")
DOCKERFILE: Final = (ROOT / ".ci" / "Dockerfile").read_text("utf-8")
COMMAND: Final = ("-m", "crawler")
PYTHON: Final = "/opt/star-crawler/.venv/bin/python"
CLONE: Final = Machine(
    python=PYTHON,
    script=None,
    clone=Path("/opt/star-crawler"),
    here=Path("/tmp"),
    settings=Path("/etc/nobody"),
)
CRON: Final = fill("cron", CLONE)
SYSTEMD: Final = fill("systemd", CLONE)
WORKFLOW: Final = fill("github", CLONE)
PAGES: Final = fill("pages", CLONE)
DOCKER: Final = fill("docker", CLONE)
CONFIG: Final = """\
[crawler]
lists = ["small/list"]
store = "store.db"
lock = "skip"
log_file = "stars.log"

[[crawler.report]]
path = "reports/{list}.html"

[[crawler.report]]
path = "reports/{list}-{date}.md"

[[crawler.report]]
path = "reports/changes.atom"
"""


def arguments(line: str) -> list[str]:
    """What follows `python -m crawler` in a command line."""
    words = shlex.split(line)
    at = words.index(COMMAND[0])
    assert tuple(words[at : at + 2]) == COMMAND
    return words[at + 2 :]


def unit(name: str) -> configparser.ConfigParser:
    """A unit file of systemd."""
    parser = configparser.ConfigParser(interpolation=None, delimiters="=")
    _, _, rest = SYSTEMD.partition(f"# /etc/systemd/system/{name}\n")
    parser.read_string(rest.partition("\n# ")[0])
    return parser


def cron_line() -> str:
    """The only line of the crontab that is no comment."""
    (line,) = [line for line in CRON.splitlines() if line and not line.startswith("#")]
    return line


def command_lines() -> dict[str, list[str]]:
    """What each recipe gives to the command."""
    ran = re.search(r"^docker run .* star-crawler (.*)$", DOCKER, re.M)
    assert ran is not None
    return {
        "cron": arguments(cron_line()),
        "systemd": arguments(unit("star-crawler.service")["Service"]["ExecStart"]),
        "container": shlex.split(ran[1]),
    }


def test_every_command_line_is_understood() -> None:
    """The command takes what cron, systemd and the container give it: silence, and a config."""
    for argv in command_lines().values():
        given = vars(build_parser().parse_intermixed_args(argv))
        assert given["quiet"]
        assert Path(given["config"]).name == "stars.toml"
    assert 'ENTRYPOINT ["python", "-m", "crawler"]' in DOCKERFILE


def test_the_crontab_line() -> None:
    """Five times before it, and no %, which cron takes for the end of the line."""
    *times, command = cron_line().split(maxsplit=5)
    assert len(times) == 5
    assert all(re.fullmatch(r"[\d*/,-]+", each) for each in times)
    assert command.startswith("cd ")
    assert "%" not in command
    escaped = fill("cron", replace(CLONE, settings=Path("/100%")))
    assert r"/100\%/token.env" in escaped


def test_the_units_belong_together() -> None:
    """The timer starts the service of its name, which may write into its own folder alone."""
    service, timer = unit("star-crawler.service"), unit("star-crawler.timer")
    assert timer["Install"]["WantedBy"] == "timers.target"
    assert "OnCalendar" in timer["Timer"]
    state = service["Service"]["StateDirectory"]
    assert service["Service"]["WorkingDirectory"] == f"%S/{state}"
    assert service["Service"]["DynamicUser"] == "yes"
    assert service["Service"]["Environment"].startswith("PYTHONPATH=")


def test_no_token_stands_on_a_command_line() -> None:
    """Where everybody could read it in the list of processes."""
    for text in (CRON, DOCKER, SYSTEMD, DOCKERFILE):
        assert "TOKEN" not in text.replace("GH_TOKEN=...", "")
        assert not re.search(r"-e\s|secrets\.", text)


@pytest.mark.parametrize("yaml", [ACTION, WORKFLOW, PAGES], ids=["action", "workflow", "pages"])
@posix
def test_the_scripts_take_nothing_into_their_text(yaml: str, tmp_path: Path) -> None:
    """An expression in a script would be code; and each is a script that bash can read.

    https://docs.github.com/en/actions/concepts/security/script-injections
    """
    assert scripts(yaml)
    for script in scripts(yaml):
        assert "${{" not in script
        checked = run_script(f"set -n\n{script}", tmp_path, {"PATH": os.environ["PATH"]})
        assert (checked.returncode, checked.stderr) == (0, "")


def test_the_workflow_knows_the_action() -> None:
    """It gives inputs that there are, uses the output, and may do no more than it does."""
    inputs = keys_below(ACTION, "inputs")
    assert set(re.findall(r"inputs\.(\w+)", ACTION)) == set(inputs)
    step = WORKFLOW.partition("uses: $/.github/actions/rank\n")[2].partition("      - name:")[0]
    assert set(keys_below(step, "with")) <= set(inputs)
    assert "steps.rank.outputs.status" in WORKFLOW
    assert keys_below(ACTION, "outputs") == ["status"]
    rank, keep = WORKFLOW.partition("\n# Left to do")[0].split("\n  keep:\n")
    assert re.findall(r"permissions:(.*(?:\n {6}.*)?)", rank) == [
        " {}",
        "\n      contents: read # all that the crawl may do",
    ]
    assert "contents: write" in keep
    assert "crawler" not in keep
    assert "$/" not in keep
    assert WORKFLOW.count("actions/checkout@") == WORKFLOW.count("persist-credentials: false")
    shown = WORKFLOW.partition("The action's inputs are ")[2].partition("exit status")[0]
    assert {*inputs, "status"} <= set(re.findall(r"\w+", shown))


def test_every_action_that_is_used_is_pinned_or_here() -> None:
    """By a digest with its version beside it, or in a folder that there is; so is the image."""
    used = re.findall(r"uses: (.+)", ACTION + WORKFLOW + PAGES)
    assert len(used) >= 6
    pinned = re.compile(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    for name in used:
        assert pinned.fullmatch(name) or (ROOT / name.removeprefix("$/") / "action.yml").exists()
    assert re.findall(r"^FROM \S+@sha256:[0-9a-f]{64}$", DOCKERFILE, re.M)
    raised = (ROOT / ".github" / "dependabot.yml").read_text("utf-8")
    assert {"github-actions", "docker"} == set(re.findall(r"package-ecosystem: (.+)", raised))


def test_the_files_that_are_named_are_there() -> None:
    """What the action and the image take from the repository is in it, and in the context."""
    named = re.findall(r'\$GITHUB_ACTION_PATH/([^"]*)"', ACTION)
    assert {(ACTION_FOLDER / name).resolve() for name in named} == {
        ROOT,
        ROOT / "requirements.lock",
    }
    copied = re.findall(r"^COPY (\S+) ", DOCKERFILE, re.M)
    ignored = (ROOT / ".ci" / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    assert copied
    assert all((ROOT / name).exists() and f"!{name}" in ignored for name in copied)
    assert all((ROOT / name).exists() for name in re.findall(r"-f /opt/star-crawler/(\S+)", DOCKER))


def test_the_image_runs_as_nobody_in_particular() -> None:
    """Not as root, with dependencies that are checked, and with /data alone to write to."""
    assert re.findall(r"^USER (\d+):\1$", DOCKERFILE, re.M)[-1] != "0"
    assert DOCKERFILE.count("pip install") == DOCKERFILE.count("--require-hashes") == 1
    assert "WORKDIR /data\nVOLUME /data\n" in DOCKERFILE
    assert "-v stars:/data " in DOCKER


def test_the_pages_are_published_by_a_job_that_runs_nothing() -> None:
    """The job that may publish has one step; the config that the recipe shows makes the index."""
    rank, keep, publish = re.split(r"\n  (?:keep|publish):\n", PAGES.partition("\n# Left")[0])
    assert publish.count("uses:") == 1
    assert "run:" not in publish
    assert re.findall(r"(\S+): write", publish) == ["pages", "id-token"]
    assert "write" not in rank
    assert "git add" not in keep
    shown = re.findall(r"^#      (\w+ = .+)$", PAGES, re.M)
    table = parse_config("\n".join(["[crawler]", *shown]).encode(), "stars.toml", is_named=True)
    assert table is not None
    check_reports(make_settings(table), datetime.now(UTC))
    assert f"> {table['store']}" in PAGES
    assert f"path: {Path(table['index']).parent}\n" in PAGES


@posix
def test_the_crontab_line_runs(github: StandIn, tmp_path: Path) -> None:
    """In the bare environment of cron it is silent, also over what a run before has left: reports,
    store and log."""
    project, settings = tmp_path / "star's crawler", tmp_path / "100 %"
    install_python(project / ".venv" / "bin" / "python")
    (project / "crawler").symlink_to(ROOT / "crawler")
    (project / "stars.toml").write_text(CONFIG, "utf-8")
    settings.mkdir(parents=True)
    (settings / "token.env").write_text(
        f"GH_TOKEN={TOKEN}\nGITHUB_API_URL={github.url}\nGITHUB_GRAPHQL_URL={github.graphql_url}\n",
        "utf-8",
    )
    bare = {"HOME": str(tmp_path), "LOGNAME": "nobody", "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"}
    python = str(project / ".venv" / "bin" / "python")
    machine = Machine(python=python, script=None, clone=project, here=tmp_path, settings=settings)
    (line,) = [line for line in fill("cron", machine).splitlines() if line[:1] not in ("", "#")]
    for _ in range(2):
        # cron takes the backslash away: https://man7.org/linux/man-pages/man5/crontab.5.html
        command = line.split(maxsplit=5)[5].replace(r"\%", "%")
        ran = run_script(command, tmp_path, bare, shell="sh")
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    written = {path.suffix for path in (project / "reports").iterdir()}
    assert written == {".html", ".md", ".atom"}
    assert {"store.db", "stars.log"} <= {path.name for path in project.iterdir()}


@pytest.fixture
def runner(github: StandIn, tmp_path: Path) -> Runner:
    """A runner whose GitHub is the stand-in."""
    return make_runner("rank", github, tmp_path)


@posix
def test_the_action_ranks(runner: Runner) -> None:
    """Lists, files and flags arrive, one a line; a folder named crawler is not taken for ours."""
    (runner.workspace / "crawler").mkdir()
    (runner.workspace / "crawler" / "__init__.py").write_text("raise SystemExit(99)", "utf-8")
    ran = runner(lists="small/list\n", output="a b.csv\nsmall.json\n", args="--top=2\n--no-store")
    assert ran.returncode == 0, ran.stderr
    assert runner.results.read_text("utf-8") == "status=0\n"
    assert len((runner.workspace / "a b.csv").read_text("utf-8").splitlines()) > 2
    assert (runner.workspace / "small.json").exists()


@posix
@pytest.mark.parametrize("lists", ["$(touch taken)/x", """'; touch a/b; "; touch a/b; """])
def test_an_input_is_no_command(runner: Runner, lists: str) -> None:
    """Whatever stands in it, it is the name of a list; the status of the command is the step's."""
    ran = runner(lists=lists)
    assert ran.returncode == 2
    assert runner.results.read_text("utf-8") == "status=2\n"
    assert not list(runner.workspace.iterdir())


@posix
@pytest.mark.parametrize("line", ["--api-url=http://127.0.0.1:9/x", "report"])
def test_a_list_is_no_flag_and_no_verb(runner: Runner, line: str) -> None:
    """A list from elsewhere cannot set where the token goes, nor what the command does."""
    for lists in (line, f"small/list\n{line}"):
        ran = runner(lists=lists)
        assert ran.returncode == 2
        assert "a list is owner/repo" in ran.stderr
        assert not runner.results.exists()


@pytest.fixture
def week(recipe: str, tmp_path: Path) -> Callable[[str], str]:
    """Runs the scripts of a recipe's workflow in a fresh clone of a copy of this repository, and
    tells the store that they brought back; its argument is the store that the run leaves behind,
    and its report. The copy is what its owner commits: this .gitignore, the config and the
    workflow."""
    (tmp_path / "stars.toml").write_text(CONFIG, "utf-8")
    (tmp_path / "stars.yml").write_text(recipe, "utf-8")
    origin = tmp_path / "origin.git"
    home = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}
    author = "-c user.name=A -c user.email=a@example.com"
    start = f"""
        git init -q --bare -b main {origin}
        git clone -q {origin} first
        cd first
        git checkout -q -b main
        mkdir -p .github/workflows
        cp {ROOT}/.gitignore {tmp_path}/stars.toml .
        cp {tmp_path}/stars.yml .github/workflows
        git add .gitignore stars.toml .github/workflows/stars.yml
        git {author} commit -q -m First
        git push -q origin main
    """
    started = run_script(start, tmp_path, home)
    assert started.returncode == 0, started.stderr

    def run(store: str) -> str:
        clone = tmp_path / f"clone{store}"
        bring, keep = scripts(recipe)
        url = origin.as_uri()
        cloned = run_script(f"git clone -q --depth=1 {url} {clone.name}", tmp_path, home)
        assert cloned.returncode == 0
        brought = run_script(bring, clone, home)
        assert brought.returncode == 0, brought.stderr
        found = (clone / "store.db").read_text() if (clone / "store.db").exists() else ""
        for name in ("store.db", "store.db-wal", "store.db.lock", "stars.log", "token.env"):
            (clone / name).write_text(store)
        if recipe == WORKFLOW:
            (clone / "reports").mkdir(exist_ok=True)
            (clone / "reports" / "small.md").write_text(store[:1])
        kept = run_script(keep, clone, home)
        assert kept.returncode == 0, kept.stderr
        left = run_script("git status --porcelain", clone, home)
        assert left.stdout == "", "a job leaves behind what could be committed by mistake"
        return found

    return run


@posix
@pytest.mark.parametrize("recipe", [WORKFLOW, PAGES], ids=["github", "pages"])
def test_the_workflow_keeps_the_store(
    recipe: str, week: Callable[[str], str], tmp_path: Path
) -> None:
    """A run finds the store of the one before; its branch holds one commit, and reports that did
    not change make none. Those that are published are not committed."""
    assert [week(store) for store in ("a1", "b2", "b3")] == ["", "a1", "b2"]
    git = {"PATH": os.environ["PATH"]}
    origin = tmp_path / "origin.git"
    log = run_script("git log --format=%s main; git log --format=%s stars-store --", origin, git)
    commits, reports = (
        ([], []) if recipe == PAGES else (["Rank by stars"] * 2, ["reports/small.md"])
    )
    assert log.stdout.split("\n")[:-1] == [*commits, "First", "Keep the store"]
    files = run_script(
        "git ls-tree -r --name-only main; git show stars-store:store.db", origin, git
    )
    committed = [".github/workflows/stars.yml", ".gitignore", *reports, "stars.toml"]
    assert files.stdout.split("\n") == [*committed, "b3"]


def test_the_recipe_of_this_machine(capsys: pytest.CaptureFixture[str]) -> None:
    """It has the interpreter that runs, and the clone that it runs from, and no mark is left."""
    machine = this_machine()
    assert (machine.python, machine.clone) == (sys.executable, ROOT)
    for name in recipes():
        assert main(["recipe", name]) == 0
        text = capsys.readouterr().out
        assert text == fill(name, machine)
        assert not re.search(r"@[A-Z]+@", text)
        assert "# Left to do" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "recipe needs a name, one of check, "),
        (["corn"], "did you mean cron?"),
    ],
)
def test_a_recipe_that_there_is_not(words: list[str], said: str) -> None:
    """The sentence names those that there are."""
    with pytest.raises(UsageError, match=re.escape(said)):
        load("recipe").run(words)


def test_an_installed_command_is_called_by_its_path() -> None:
    """Where no clone runs, nothing is looked for in one; what is built from one needs one."""
    machine = replace(CLONE, script="/apps/a b/bin/star-crawler", clone=None)
    assert "cd /tmp && " in fill("cron", machine)
    assert "'/apps/a b/bin/star-crawler' -q" in fill("cron", machine)
    systemd = fill("systemd", machine)
    assert 'ExecStart="/apps/a b/bin/star-crawler" -q' in systemd
    assert "PYTHONPATH" not in systemd
    with pytest.raises(UsageError, match="builds from a clone"):
        fill("docker", machine)
