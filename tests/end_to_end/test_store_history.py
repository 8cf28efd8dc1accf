"""The verb `history`, and what a report says of the past: real processes, real days."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from command import Command
from remembering import JSON, STORE, errors, report, rows
from standin import TOKEN, StandIn, World

TODAY = datetime.now(UTC).date()
HEADER = "date,repository,stars\n"
GIVEN_BACK = "date,repository,host,stars,id\n"


def ago(days: int) -> date:
    """So many days before today, UTC."""
    return TODAY - timedelta(days)


def write(command: Command, text: str | bytes, name: str = "past.csv") -> str:
    """A file in the folder that the command runs in."""
    raw = text.encode() if isinstance(text, str) else text
    (command.cwd / name).write_bytes(raw)
    return name


def take_in(command: Command, *lines: str, name: str = "past.csv") -> None:
    """Import rows."""
    text = HEADER + "".join(f"{line}\n" for line in lines)
    run = command("history", "import", write(command, text, name), *STORE)
    assert (run.returncode, run.stdout, errors(run)) == (0, "", [])


def export(command: Command) -> list[str]:
    """What is given back, without the header, the host and the number."""
    run = command("history", "export", *STORE)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith(GIVEN_BACK)
    return bare(run.stdout)


def bare(exported: str) -> list[str]:
    """The rows of an export, without their hosts and numbers."""
    lines = exported.replace(",github.com,", ",").splitlines()[1:]
    return [line.rpartition(",")[0] for line in lines]


def test_who_gained_most(run_crawler: Command) -> None:
    """Without a name the movers: of thirty days, or since then; in every format. Those whose
    figures are of another day come last."""
    take_in(
        run_crawler,
        *(f"{ago(7)},o/r{n},{1000}" for n in range(12)),
        *(f"{ago(0)},o/r{n},{1000 + n}" for n in range(12)),
        f"{ago(0)},o/new,50000",
        f"{ago(30)},o/slow,10",
        f"{ago(1)},o/slow,400",
    )
    month = run_crawler("history", *STORE, "-f", "json")
    movers = json.loads(month.stdout)
    assert [each["repository"] for each in movers] == [
        "o/slow",
        *(f"o/r{11 - n}" for n in range(9)),
    ]
    assert movers[0] == {
        "repository": "o/slow",
        "host": "github.com",
        "stars": 400,
        "gained": 390,
        "rate": pytest.approx(390 / 2400**0.5),
        "baseline_on": str(ago(30)),
        "baseline_kind": "imported",
        "baseline_distant": False,
        "suspicious": True,
    }
    assert (movers[1]["baseline_on"], movers[1]["baseline_distant"]) == (str(ago(7)), True)
    table = run_crawler("history", *STORE, "-n", "2").stdout.splitlines()
    assert (len(table), table[1].split()[0], "(suspicious)" in table[1]) == (3, "o/slow", True)
    everything = run_crawler("history", *STORE, "-f", "csv", "-n", "0", "--since", "7d")
    assert len(everything.stdout.splitlines()) == 1 + 13


def test_import_leaves_out_what_is_wrong(run_crawler: Command) -> None:
    """A BOM and CRLF are taken, bad rows told by their lines, good ones kept; again is the same."""
    name = write(
        run_crawler,
        b"\xef\xbb\xbfdate,repository,stars\r\n"
        b"2024-05-06,a/b,90\r\n"
        b"06.05.2024,a/b,91\r\n"
        b"2024-05-07,a,92\r\n"
        b"2024-05-08,a/b,-1\r\n"
        b"2024-05-09,a/b\r\n"
        b"2024-05-10,a/b,1,234\r\n"
        b"9999-01-01,a/b,5\r\n"
        b"2024-05-11," + b"x" * 200_000 + b",5\r\n"
        b"\r\n"
        b"2024-05-12,a/b,93\r\n",
    )
    for _ in range(2):
        run = run_crawler("history", "import", name, *STORE)
        assert (run.returncode, run.stdout, errors(run)) == (0, "", [])
        for line in range(3, 10):
            assert f"line {line} is skipped" in run.stderr
        assert run.stderr.count("is skipped:") == 7
        assert "2 rows taken in, 7 left out" in run.stderr
        assert max(map(len, run.stderr.splitlines())) < 300
        assert export(run_crawler) == ["2024-05-06,a/b,90", "2024-05-12,a/b,93"]
    quiet = run_crawler("history", "import", name, *STORE, "-q")
    assert (quiet.returncode, quiet.stderr) == (0, "")


def test_import_keeps_the_rows_before_a_break(run_crawler: Command) -> None:
    """It says where the file ends, and has what it says that it took."""
    rows = f"date,repository,stars\n2024-05-06,a/b,90\n{'x' * 2**21}\n2024-05-07,a/b,91\n"
    run = run_crawler("history", "import", write(run_crawler, rows.encode()), *STORE)
    assert (run.returncode, run.stdout) == (0, "")
    assert "ends early: one of its lines has over" in run.stderr
    assert "1 row taken in, 0 left out" in run.stderr
    assert export(run_crawler) == ["2024-05-06,a/b,90"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"date,repository\n2024-05-06,a/b\n", "stars"),
        (b"\x1f\x8b\x08\x00\x00\x00", "gzip"),
        (b"PAR1", "Parquet"),
        (b"date,repository,stars\n", "it has no rows"),
        (b"date,repository,stars\n2024-05-06,a,1\n", "line 2: 'a' is not an owner/repo"),
    ],
    ids=["missing", "a column less", "compressed", "parquet", "no rows", "no good rows"],
)
def test_import_of_no_history(run_crawler: Command, content: bytes | None, said: str) -> None:
    """A file of which nothing can be taken is one sentence that names it and says why; the store
    stays."""
    take_in(run_crawler, "2024-05-06,a/b,90")
    if content is not None:
        write(run_crawler, content, "wrong.csv")
    run = run_crawler("history", "import", "wrong.csv", *STORE)
    (sentence,) = errors(run)
    assert (run.returncode, run.stdout) == (2 if said == "cannot be read" else 1, "")
    assert "wrong.csv" in sentence
    assert said in sentence
    assert "damaged" not in sentence
    assert export(run_crawler) == ["2024-05-06,a/b,90"]


def test_export_gives_back_what_came_in(run_crawler: Command) -> None:
    """Every row, on stdout, as CSV and as Parquet; what comes in again is the same."""
    lines = sorted(
        f"{date(2024, 1, 1) + timedelta(day)},o/r{number:02},{number * 10 + (day // 5) * (day % 2)}"
        for number in range(12)
        for day in range(0, 60, 1 + number % 4)
    )
    take_in(run_crawler, *lines)
    assert sorted(export(run_crawler)) == lines
    for name in ("out.csv", "out.parquet"):
        run = run_crawler("history", "export", "-o", name, *STORE)
        assert (run.returncode, run.stdout) == (0, "")
        assert f"{len(lines):,} rows" in run.stderr
    text = (run_crawler.cwd / "out.csv").read_text()
    assert sorted(bare(text)) == lines
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(run_crawler.cwd / "out.parquet").to_pylist()
    given = sorted(f"{row['date']},{row['repository']},{row['stars']}" for row in table)
    assert given == lines
    other = ("--store", "other.db")
    assert run_crawler("history", "import", "out.csv", *other).returncode == 0
    assert run_crawler("history", "export", *other).stdout == text


def test_export_to_a_reader_that_goes_away(run_crawler: Command) -> None:
    """`export | head` ends quietly with status 0."""
    take_in(run_crawler, *(f"2024-05-06,o/r{number},{number}" for number in range(10_000)))
    process = run_crawler.start("history", "export", *STORE)
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == GIVEN_BACK.encode()
    process.stdout.close()
    assert (process.wait(50), process.stderr.read()) == (0, b"")


@pytest.mark.parametrize("place", ["folder.csv", "out.txt", "file/out.csv"])
def test_export_to_where_it_cannot_be(run_crawler: Command, place: str) -> None:
    """One sentence that names the place, status 1 or 2, nothing half-written."""
    take_in(run_crawler, "2024-05-06,a/b,90")
    (run_crawler.cwd / "folder.csv").mkdir()
    (run_crawler.cwd / "file").write_text("")
    before = sorted(run_crawler.cwd.rglob("*"))
    run = run_crawler("history", "export", "-o", place, *STORE)
    assert run.returncode in (1, 2)
    (sentence,) = errors(run)
    assert place in sentence
    assert sorted(run_crawler.cwd.rglob("*")) == before


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
def test_export_to_a_full_disk(run_crawler: Command) -> None:
    """That standard output cannot be written is one sentence that does not blame the store."""
    take_in(run_crawler, "2024-05-06,a/b,90")
    with Path("/dev/full").open("wb") as full:
        process = run_crawler.start("history", "export", *STORE, stdout=full.fileno())
    _, said = process.communicate()
    assert process.returncode == 1
    assert said.decode() == "error: standard output cannot be written: No space left on device\n"


def test_what_nobody_knows(run_crawler: Command) -> None:
    """Known ones are printed, unknown ones told in one sentence, status 1."""
    take_in(run_crawler, "2024-05-06,a/b,90")
    run = run_crawler("history", "a/b", "no/body", "c/d", *STORE)
    assert (run.returncode, run.stdout.startswith("a/b: 90 stars")) == (1, True)
    assert errors(run) == ["error: the store knows no stars of no/body, c/d"]


@pytest.mark.parametrize(
    "arguments",
    [
        *(("import",), ("a/b", "-o", "x.csv"), ("a/b", "--since", "never"), ("a/b", "--no-store")),
        *(("-o", "x.svg"), ("--list", "a/list"), ("a/b", "--list", "a/list", "-o", "x.svg")),
        *(("a/b", "-o", "x.svg", "-f", "json"), ("import", "x.csv", "-o", "x.svg")),
    ],
)
def test_what_makes_no_sense(run_crawler: Command, arguments: tuple[str, ...]) -> None:
    """A usage error: one sentence, status 2, no file."""
    run = run_crawler("history", *arguments)
    assert (run.returncode, len(errors(run)), run.stdout) == (2, 1, "")
    assert not [path for path in run_crawler.folder.rglob("*") if path.is_file()]


def test_a_chart_of_repositories(run_crawler: Command) -> None:
    """A picture of those that are named, as far back as is asked for; one day makes no chart."""
    take_in(run_crawler, f"{ago(40)},a/b,100", f"{ago(9)},a/b,180", f"{ago(9)},c/d,5")
    take_in(run_crawler, f"{ago(2)},a/b,190", f"{ago(2)},c/d,7", f"{ago(2)},e/f,1")
    run = run_crawler("history", "a/b", "c/d", "-o", "charts/two.svg", *STORE)
    assert (run.returncode, run.stdout, errors(run)) == (0, "", [])
    chart = (run_crawler.cwd / "charts/two.svg").read_text()
    assert f"<title>a/b · c/d, {ago(2)}</title>" in chart
    assert f"a/b: 100 stars on {ago(40)}, 190 on {ago(2)}; c/d: 5 stars on {ago(9)}" in chart
    assert run_crawler("history", "a/b", "-o", "one.svg", "--since", "9d", *STORE).returncode == 0
    assert f"180 stars on {ago(9)}" in (run_crawler.cwd / "one.svg").read_text()
    for names, said in (
        (("e/f",), "a chart takes the stars of two days, and the store knows those of one"),
        (("a/b", "no/body"), "the store knows no stars of no/body"),
    ):
        run = run_crawler("history", *names, "-o", "no.svg", *STORE)
        assert (run.returncode, errors(run)) == (1, [f"error: {said}"])
    assert not (run_crawler.cwd / "no.svg").exists()


def test_a_chart_of_a_list_s_top(github: StandIn, world: World, run_crawler: Command) -> None:
    """Of its most starred by the last run, of which enough is known."""
    take_in(run_crawler, f"{ago(30)},alpha/tool,700", f"{ago(30)},beta/tool,499")
    assert run_crawler("small/list", *STORE, token=TOKEN).returncode == 0
    run = run_crawler("history", "--list", "small/list", "-n", "1", "-o", "top.svg", *STORE)
    assert (run.returncode, run.stdout, errors(run)) == (0, "", [])
    assert "<title>Top 1 of small/list" in (run_crawler.cwd / "top.svg").read_text()
    run = run_crawler("history", "--list", "no/list", "-o", "no.svg", *STORE)
    assert (run.returncode, run.stderr.endswith("rank it first\n")) == (1, True)


def test_a_crawl_joins_what_was_imported(
    github: StandIn, world: World, run_crawler: Command
) -> None:
    """Imported under a former name and in another case: one history, and the report's gains."""
    take_in(
        run_crawler,
        f"{ago(30)},ALPHA/tool,700",
        f"{ago(8)},Alpha/Tool,880",
        f"{ago(30)},delta/before,290",
        f"{ago(1)},beta/tool,499",
    )
    for token in (None, TOKEN):
        run = run_crawler("small/list", *JSON, "--since", "7d", token=token)
        document = report(run)
        found = {name: (row["gained"], row["baseline_on"]) for name, row in rows(document).items()}
        assert found["alpha/tool"] == (20, str(ago(8)))
        assert found["beta/tool"] == (1, str(ago(1)))
        distant = [name for name, row in rows(document).items() if row["baseline_distant"]]
        assert sorted(distant) == ["beta/tool", "delta/after"]
        assert document["changes"]["baseline_at"] is None
        assert document["changes"]["new"] is None
    assert found["delta/after"] == (10, str(ago(30)))
    run = run_crawler("history", "delta/before", *STORE, "-f", "csv")
    assert run.stdout.splitlines()[1:] == [
        f"{ago(30)},delta/after,github.com,290,imported",
        f"{ago(0)},delta/after,github.com,300,observed",
    ]
    flags = ("--since", "7d", "--history", "none")
    table = run_crawler("small/list", *STORE, *flags, token=TOKEN).stdout
    assert "+20" in table
    assert "no run over these lists is known as of" in table
