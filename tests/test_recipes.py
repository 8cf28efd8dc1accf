"""The README's recipes for unattended runs, the action and the image hold together and work.

What needs cron, systemd, a runner or a container engine itself is not run here: the lines that they
would run are.
"""

from __future__ import annotations

import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from command import PATIENCE, clean_environment
from standin import TOKEN, StandIn

from crawler.cli.commands.rank import build_parser
from crawler.model.config import parse_config

ROOT: Final = Path(__file__).parents[1]
README: Final = (ROOT / "README.md").read_text("utf-8")
RECIPES: Final = README.partition("\n## Unattended runs\n")[2].partition("\n## ")[0]
ACTION_FOLDER: Final = ROOT / ".github" / "actions" / "rank"
ACTION: Final = (ACTION_FOLDER / "action.yml").read_text("utf-8")
DOCKERFILE: Final = (ROOT / ".ci" / "Dockerfile").read_text("utf-8")
COMMAND: Final = ("-m", "crawler")

posix = pytest.mark.skipif(
    os.name != "posix" or not shutil.which("bash") or not shutil.which("git"),
    reason="needs bash and git",
)


def blocks(language: str) -> list[str]:
    """The recipes' fenced blocks in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", RECIPES, re.M | re.S)


def block(language: str, beginning: str = "") -> str:
    """The one block in a language, or of several the one that begins so."""
    (found,) = [text for text in blocks(language) if text.startswith(beginning)]
    return found


def scripts(yaml: str) -> list[str]:
    """The shell scripts of an action or a workflow, in their order.

    They are told by their indentation, as YAML does; more of YAML is not needed here.
    """
    found = re.findall(r"^( *)(?:- )?run: \|\n((?:\1 .*\n|\n)+)", yaml, re.M)
    assert len(found) == len(re.findall(r"\brun:", yaml)), "a script is not in a block of its own"
    return [textwrap.dedent(text) for _, text in found]


def keys_below(yaml: str, name: str) -> list[str]:
    """The keys that stand one step below the only mapping of that name."""
    ((indent, body),) = re.findall(rf"^( *){name}:\n((?:\1 +.*\n|\n)+)", yaml, re.M)
    return re.findall(rf"^{indent}  ([\w-]+):", body, re.M)


def arguments(line: str) -> list[str]:
    """What follows `python -m crawler` in a command line."""
    words = shlex.split(line)
    at = words.index(COMMAND[0])
    assert tuple(words[at : at + 2]) == COMMAND
    return words[at + 2 :]


def unit(name: str) -> configparser.ConfigParser:
    """A unit file of systemd."""
    parser = configparser.ConfigParser(interpolation=None, delimiters="=")
    parser.read_string(block("ini", f"# {name}\n"))
    return parser


def command_lines() -> dict[str, list[str]]:
    """What each recipe gives to the command."""
    ran = re.search(r"^docker run .* star-crawler (.*)$", block("sh", "docker"), re.M)
    assert ran is not None
    return {
        "cron": arguments(block("crontab")),
        "systemd": arguments(unit("star-crawler.service")["Service"]["ExecStart"]),
        "container": shlex.split(ran[1]),
    }


def run_script(
    script: str, cwd: Path, environment: dict[str, str], *, shell: str = "bash"
) -> subprocess.CompletedProcess[str]:
    """Run it as a runner does: https://docs.github.com/en/actions/reference/workflows-and-actions"""
    flags = ["--noprofile", "--norc", "-eo", "pipefail"] if shell == "bash" else []
    return subprocess.run(
        [shell, *flags, "-c", script],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def install_python(path: Path) -> None:
    """Put this Python, with all that is installed for it, where a recipe has its own."""
    path.parent.mkdir(parents=True)
    path.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n', "utf-8")
    path.chmod(0o755)


def test_every_command_line_is_understood() -> None:
    """The command takes what cron, systemd and the container give it: silence, and a config."""
    for argv in command_lines().values():
        given = vars(build_parser().parse_intermixed_args(argv))
        assert given["quiet"]
        assert Path(given["config"]).name == "stars.toml"
    assert 'ENTRYPOINT ["python", "-m", "crawler"]' in DOCKERFILE


def test_the_config_is_understood() -> None:
    """Each key of the example is a setting, with a value that it may have."""
    table = parse_config(block("toml").encode(), "stars.toml", is_named=True)
    assert table is not None
    assert table["report"]
    assert f"> {table['store']}" in block("yaml"), "another store would be kept than is used"
    assert all(each["path"].startswith("reports/") for each in table["report"])


def test_the_crontab_line() -> None:
    """Five times before it, and no %, which cron takes for the end of the line."""
    (line,) = block("crontab").splitlines()
    *times, command = line.split(maxsplit=5)
    assert len(times) == 5
    assert all(re.fullmatch(r"[\d*/,-]+", each) for each in times)
    assert command.startswith("cd ")
    assert "%" not in command


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
    assert blocks("crontab")
    assert blocks("sh")
    for text in (*blocks("crontab"), *blocks("sh"), *blocks("ini"), DOCKERFILE):
        assert "TOKEN" not in text.replace("GH_TOKEN=...", "")
        assert not re.search(r"-e\s|secrets\.", text)


@pytest.mark.parametrize("yaml", [ACTION, "".join(blocks("yaml"))], ids=["action", "workflow"])
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
    (workflow,) = blocks("yaml")
    inputs = keys_below(ACTION, "inputs")
    assert set(re.findall(r"inputs\.(\w+)", ACTION)) == set(inputs)
    step = workflow.partition("uses: $/.github/actions/rank\n")[2].partition("      - name:")[0]
    assert set(keys_below(step, "with")) <= set(inputs)
    assert "steps.rank.outputs.status" in workflow
    assert keys_below(ACTION, "outputs") == ["status"]
    rank, keep = workflow.split("\n  keep:\n")
    assert re.findall(r"permissions:(.*(?:\n {6}.*)?)", rank) == [
        " {}",
        "\n      contents: read # all that the crawl may do",
    ]
    assert "contents: write" in keep
    assert "crawler" not in keep
    assert "$/" not in keep
    assert workflow.count("actions/checkout@") == workflow.count("persist-credentials: false")
    shown = RECIPES.partition("The action's inputs are ")[2].partition("exit status")[0]
    assert set(re.findall(r"`(\w+)`", shown)) == {*inputs, "status"}


def test_every_action_that_is_used_is_pinned_or_here() -> None:
    """By a digest with its version beside it, or in a folder that there is; so is the image."""
    used = re.findall(r"uses: (.+)", ACTION + "".join(blocks("yaml")))
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
    assert all((ROOT / name).exists() for name in re.findall(r"-f (\S+)", block("sh", "docker")))


def test_the_image_runs_as_nobody_in_particular() -> None:
    """Not as root, with dependencies that are checked, and with /data alone to write to."""
    assert re.findall(r"^USER (\d+):\1$", DOCKERFILE, re.M)[-1] != "0"
    assert DOCKERFILE.count("pip install") == DOCKERFILE.count("--require-hashes") == 1
    assert "WORKDIR /data\nVOLUME /data\n" in DOCKERFILE
    assert "-v stars:/data " in block("sh", "docker")


@posix
def test_the_crontab_line_runs(github: StandIn, tmp_path: Path) -> None:
    """In the bare environment of cron it is silent, also over what a run before has left: reports,
    store and log."""
    project, settings = tmp_path / "star-crawler", tmp_path / ".config" / "star-crawler"
    install_python(project / ".venv" / "bin" / "python")
    (project / "crawler").symlink_to(ROOT / "crawler")
    config = re.sub(r"^lists = .*", 'lists = ["small/list"]', block("toml"), flags=re.M)
    (project / "stars.toml").write_text(config, "utf-8")
    settings.mkdir(parents=True)
    (settings / "token.env").write_text(
        f"GH_TOKEN={TOKEN}\nGITHUB_API_URL={github.url}\nGITHUB_GRAPHQL_URL={github.graphql_url}\n",
        "utf-8",
    )
    bare = {"HOME": str(tmp_path), "LOGNAME": "nobody", "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"}
    for _ in range(2):
        ran = run_script(block("crontab").split(maxsplit=5)[5], tmp_path, bare, shell="sh")
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    written = {path.suffix for path in (project / "reports").iterdir()}
    assert written == {".html", ".md", ".atom"}
    assert {"store.db", "stars.log"} <= {path.name for path in project.iterdir()}


@dataclass(frozen=True, slots=True)
class Runner:
    """A machine of GitHub Actions, as far as the step that ranks can tell."""

    workspace: Path
    environment: dict[str, str]
    results: Path

    def __call__(self, **inputs: str) -> subprocess.CompletedProcess[str]:
        """Run the step with these inputs; those that are missing are empty."""
        given = {name.upper(): "" for name in keys_below(ACTION, "inputs") if name != "token"}
        given |= {name.upper(): value for name, value in inputs.items()}
        return run_script(scripts(ACTION)[-1], self.workspace, {**self.environment, **given})


@pytest.fixture
def runner(github: StandIn, tmp_path: Path) -> Runner:
    """A runner whose GitHub is the stand-in, with this Python in the place of the installed one."""
    for name in ("workspace", "home"):
        (tmp_path / name).mkdir()
    install_python(tmp_path / "star-crawler" / "bin" / "python")
    environment = {
        **clean_environment(tmp_path),
        "PATH": os.environ["PATH"],
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_ACTION_PATH": str(ACTION_FOLDER),
        "GITHUB_API_URL": github.url,
        "GITHUB_GRAPHQL_URL": github.graphql_url,
        "GITHUB_OUTPUT": str(tmp_path / "results"),
        "GH_TOKEN": TOKEN,
        "PYTHONSAFEPATH": "1",
    }
    return Runner(tmp_path / "workspace", environment, tmp_path / "results")


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
@pytest.mark.parametrize(
    "lists", ["$(touch taken)/x", "`touch a/b`", "'; touch a/b; '", '"; touch a/b; "', "x/*"]
)
def test_an_input_is_no_command(runner: Runner, lists: str) -> None:
    """Whatever stands in it, it is the name of a list; the status of the command is the step's."""
    ran = runner(lists=lists)
    assert ran.returncode == 2
    assert runner.results.read_text("utf-8") == "status=2\n"
    assert not list(runner.workspace.iterdir())


@posix
@pytest.mark.parametrize("line", ["--api-url=http://127.0.0.1:9/x", "demo", "history", "report"])
def test_a_list_is_no_flag_and_no_verb(runner: Runner, line: str) -> None:
    """A list from elsewhere cannot set where the token goes, nor what the command does."""
    for lists in (line, f"small/list\n{line}"):
        ran = runner(lists=lists)
        assert ran.returncode == 2
        assert "a list is owner/repo" in ran.stderr
        assert not runner.results.exists()


@pytest.fixture
def week(tmp_path: Path) -> Callable[[str], str]:
    """Runs the workflow's own scripts in a fresh clone of a copy of this repository, and tells the
    store that they brought back; its argument is the store that the run leaves behind, and its
    report. The copy is what its owner commits: this .gitignore, the config and the workflow."""
    (tmp_path / "stars.toml").write_text(block("toml"), "utf-8")
    (tmp_path / "stars.yml").write_text(block("yaml"), "utf-8")
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
        bring, keep = scripts(block("yaml"))
        url = origin.as_uri()
        cloned = run_script(f"git clone -q --depth=1 {url} {clone.name}", tmp_path, home)
        assert cloned.returncode == 0
        brought = run_script(bring, clone, home)
        assert brought.returncode == 0, brought.stderr
        found = (clone / "store.db").read_text() if (clone / "store.db").exists() else ""
        for name in ("store.db", "store.db-wal", "store.db.lock", "stars.log", "token.env"):
            (clone / name).write_text(store)
        (clone / "reports").mkdir(exist_ok=True)
        (clone / "reports" / "small.md").write_text(store[:1])
        kept = run_script(keep, clone, home)
        assert kept.returncode == 0, kept.stderr
        left = run_script("git status --porcelain", clone, home)
        assert left.stdout == "", "a job leaves behind what could be committed by mistake"
        return found

    return run


@posix
def test_the_workflow_keeps_store_and_reports(week: Callable[[str], str], tmp_path: Path) -> None:
    """A run finds the store of the one before; its branch holds one commit, and reports that did
    not change make none."""
    assert [week(store) for store in ("a1", "b2", "b3")] == ["", "a1", "b2"]
    git = {"PATH": os.environ["PATH"]}
    origin = tmp_path / "origin.git"
    log = run_script("git log --format=%s main; git log --format=%s stars-store --", origin, git)
    assert log.stdout.split("\n")[:-1] == [
        *("Rank by stars", "Rank by stars", "First"),
        "Keep the store",
    ]
    files = run_script(
        "git ls-tree -r --name-only main; git show stars-store:store.db", origin, git
    )
    committed = [".github/workflows/stars.yml", ".gitignore", "reports/small.md", "stars.toml"]
    assert files.stdout.split("\n") == [*committed, "b3"]
