"""Small lists of each kind that once was read wrongly, with the right reading."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.lists import parse_list
from crawler.model.values import RepositoryName

CASES = Path(__file__).parents[3] / "shared" / "cases"
ITSELF = RepositoryName("example/awesome-things", "github.com")
G = "https://github.com"
W = "https://site.example"


def read(text: str) -> list[tuple[str, str, str]]:
    """Repository, title and description of the entries of `text`, read as that list's README."""
    entries = parse_list(text, itself=ITSELF).entries
    return [(entry.repository.full_name, entry.title, entry.description) for entry in entries]


def elsewhere(text: str) -> list[tuple[str, str]]:
    """Title and host of what `text` lists without a repository on a host that is asked."""
    return [(each.title, each.host) for each in parse_list(text, itself=ITSELF).elsewhere]


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not here")
def test_the_cases() -> None:
    """The examples that the kinds below stand for."""
    expected = json.loads((CASES / "expected.json").read_text(encoding="utf-8"))
    found = {}
    for name in expected:
        text = (CASES / f"{name}.md").read_text(encoding="utf-8")
        found[name] = [
            {
                "repository": entry.repository.full_name,
                "title": entry.title,
                "description": entry.description,
                "section": list(entry.section),
            }
            for entry in parse_list(text, itself=ITSELF).entries
        ]
    assert found == expected


@pytest.mark.parametrize(
    ("text", "repository", "description"),
    [
        (f"[Boat]({W}) - Floats. [![GitHub](i.svg)]({G}/x/y)", "x/y", "Floats."),
        (f"[Boat]({W}) [⭐]({G}/x/y) floats on [water]({G}/w/water)", "x/y", "floats on water"),
        (
            f"[Boat]({W}) - On [water]({G}/w/water). ([Demo]({W}/d), [Source Code]({G}/x/y))",
            "x/y",
            None,
        ),
        (f"[Boat]({W}) - With [water]({G}/w/water). [open source]({G}/x/y)", "x/y", None),
        (f"[Boat]({W}): a talk with [water]({G}/w/water), [slides]({G}/x/talk)", "x/talk", None),
        (f"[Course]({W}) on [water]({G}/w/water) [materials]({G}/x/y)", "x/y", None),
        (f"[船]({W}) 基于 [water]({G}/w/water)，[源码]({G}/x/y)", "x/y", None),
        (f"[船]({W}) - [查看开源仓库]({G}/x/y)", "x/y", None),
        (f"[Boat]({W}) - [Implementation]({G}/x/y) of [water]({G}/w/water)", "x/y", None),
        (
            f"[Boat]({W}) - Uses [water]({G}/w/water), see [boat.js]({G}/x/boat.js)",
            "x/boat.js",
            None,
        ),
        (f"[Boat.io]({W}) - Uses [water]({G}/w/water), see [this]({G}/x/boat)", "x/boat", None),
        (f"[Boat AI]({W}) - Uses [water]({G}/w/water), [here]({G}/boat/core)", "boat/core", None),
        (
            f"[Sea Boat]({W}) - Uses [water]({G}/w/water), [here]({G}/x/sea-boat)",
            "x/sea-boat",
            None,
        ),
        (
            f"[Sea]({W}) - Uses [water]({G}/w/water), [here]({G}/seajs/sea-cli)",
            "seajs/sea-cli",
            None,
        ),
        (
            f"[The sea](https://boats.io) - [water]({G}/w/water), [x]({G}/boats/cli)",
            "boats/cli",
            None,
        ),
        (f"[Sea](https://boats.github.io/sea2/) - uses [x]({G}/boats/cli)", "boats/cli", None),
    ],
)
def test_mentions(text: str, repository: str, description: str | None) -> None:
    """A title that goes elsewhere has its own icon's repository, its source's or its namesake."""
    (found,) = read(f"# List\n- {text}")
    assert found[0] == repository
    assert description is None or found[2] == description


@pytest.mark.parametrize(
    ("text", "host"),
    [
        (f"[Vault]({W}) - on top of [salt]({G}/s/salt)", "no repository link"),
        (f"[Vault]({W}) - a [plugin]({G}/s/salt) for it, [docs]({W}/docs)", "no repository link"),
        (f"[Vault]({W}) - like [Code Keeper]({G}/c/code-keeper)", "no repository link"),
        (f"[Vault](https://gitlab.com/v/vault) - like [salt]({G}/s/salt)", "gitlab.com"),
        (
            f"[Vault]({W}) - like [salt]({G}/s/salt). [Source](https://codeberg.org/v/v)",
            "codeberg.org",
        ),
        (f"[Vault]({W}) ([code](https://git.sr.ht/~v/vault))", "git.sr.ht"),
        ("[Vault](https://gitlab.example.org/a/b/c)", "gitlab.example.org"),
        (f"[Vault]({G}/vault) - an account", "no repository link"),
        (f"[Vault]({G}/topics/vault) - a topic", "no repository link"),
        (f"[mypy]({W}) - checks, used with [MonkeyType]({G}/i/MonkeyType).", "no repository link"),
    ],
)
def test_what_has_no_repository(text: str, host: str) -> None:
    """It is counted by the host that it has one on, and never ranked with another's stars."""
    assert read(f"- {text}") == []
    assert [found for _, found in elsewhere(f"- {text}")] == [host]


ROW = "|---|---|---|---|"


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        ("|Name|Description|Stars|Link|", f"|Saw|Cuts|12|{G}/t/saw|", ("t/saw", "Saw", "Cuts")),
        ("|#|Project|Language|About|", f"|7|[Saw]({G}/t/saw)|Go|Cuts|", ("t/saw", "Saw", "Cuts")),
        ("|No.|Tool|Category|URL|", f"|1|Saw|Cutters|[link]({G}/t/saw)|", ("t/saw", "Saw", "")),
        ("||Name|Source|Summary|", f"|x|Saw|[💻]({G}/t/saw)|Cuts|", ("t/saw", "Saw", "Cuts")),
        ("|序号|项目|描述|地址|", f"|1|锯|切割|[🔗]({G}/t/saw)|", ("t/saw", "锯", "切割")),
        ("|名前|説明|言語|リンク|", f"|鋸|切る|Go|[GitHub]({G}/t/saw)|", ("t/saw", "鋸", "切る")),
        (
            "|Nombre|Descripción|Licencia|Enlace|",
            f"|Sierra|Corta|MIT|[x]({G}/t/s)|",
            ("t/s", "Sierra", "Corta"),
        ),
        (
            "|Название|Описание|Язык|Ссылка|",
            f"|Пила|Режет|Go|{G}/t/saw|",
            ("t/saw", "Пила", "Режет"),
        ),
        (
            "|Category|Vendor|Details|Repo|",
            f"|Wood|[Saw]({W})|Cuts|[repo]({G}/t/s)|",
            ("t/s", "Saw", "Cuts"),
        ),
        (
            "|Name|Alternative to|GitHub|License|",
            f"|[Saw]({W})|[Axe]({G}/a/axe)|[★]({G}/t/s)|MIT|",
            ("t/s", "Saw", ""),
        ),
        (
            "|Repository|Description|Stars|Forks|",
            f"|[t/saw]({G}/t/saw)|Cuts|1|2|",
            ("t/saw", "t/saw", "Cuts"),
        ),
        (
            "|Year|Title|Paper|Code|",
            f"|2020|Sawing|[pdf]({W}/a.pdf)|[code]({G}/t/saw)|",
            ("t/saw", "Sawing", ""),
        ),
    ],
)
def test_tables(header: str, row: str, expected: tuple[str, str, str]) -> None:
    """Headers say what cells are, in any language, and cells are never glued."""
    assert read(f"# List\n{header}\n{ROW}\n{row}") == [expected]
    cells = [f"<td>{cell}</td>" for cell in row.strip("|").split("|")]
    if not header.startswith("||") and "](" not in row and "http" not in row:
        assert read(f"<table><tr>{cells}</tr></table>")


def test_headers_in_other_words() -> None:
    """Signs, brackets and further words in a header do not hide what it says."""
    header = "|📦 Package|What it does (short)|Star count|Tool URL|"
    text = f"# List\n{header}\n{ROW}\n|Saw|Cuts|1|{G}/t/saw|"
    assert read(text) == [("t/saw", "Saw", "Cuts")]


def test_html_tables() -> None:
    """A table in HTML is read as one in Markdown, though its header may be in plain cells."""
    body = f"<tr><td>1<td>Saw<td>Cuts<td><a href={G}/t/saw>link</a>"
    for cell in ("th", "td"):
        header = "".join(f"<{cell}>{text}</{cell}>" for text in ("No", "Name", "About", "Link"))
        assert read(f"<table><tr>{header}</tr>{body}</table>") == [("t/saw", "Saw", "Cuts")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"1. Saw  \nCuts wood  \nProject Address: {G}/t/saw  \nDemo: {G}/d/demo",
            ("t/saw", "Saw", "Cuts wood"),
        ),
        (f"1. Saw\n   Cuts wood\n   GitHub: <{G}/t/saw>", ("t/saw", "Saw", "Cuts wood")),
        (f"Saw  \n项目地址：{G}/t/saw  \n效果图：{G}/d/x.png", ("t/saw", "Saw", "")),
        (
            f"(2) Saw  \nCuts  \nLike: [axe]({G}/a/axe)  \nSource: {G}/t/saw",
            ("t/saw", "Saw", "Cuts Like: axe"),
        ),
        (f"**Saw**<br>Cuts<br>URL: {G}/t/saw<br>Author: Ann", ("t/saw", "Saw", "Cuts")),
        (f"[Saw]({W})  \nCuts  \nRepository: [t/saw]({G}/t/saw)", ("t/saw", "Saw", "Cuts")),
        (f"- **Saw**\n  - Code: {G}/t/saw\n  - Demo: {W}", ("t/saw", "Saw", "")),
        (f"* Saw<br>Cuts<br>Link: {G}/t/saw", ("t/saw", "Saw", "Cuts")),
        (f"Saw\n\nProject Address: {G}/t/saw", ("t/saw", "Saw", "")),
        (f"### Saw\nCuts\n\nGitHub: {G}/t/saw", ("t/saw", "Saw", "Cuts")),
        (f"- Saw  \n  Homepage: {G}/t/saw  \n  Cuts", ("t/saw", "Saw", "Cuts")),
        (f"Name: Saw\nURL: {G}/t/saw\nDescription: Cuts", ("t/saw", "Saw", "Cuts")),
        (f"项目名称：锯\n项目地址：{G}/t/saw\n项目简介：切", ("t/saw", "锯", "切")),
        (f"Saw: the game\nCode: {G}/t/saw\nCuts: wood", ("t/saw", "Saw: the game", "Cuts: wood")),
    ],
)
def test_labelled_lines(text: str, expected: tuple[str, str, str]) -> None:
    """The first line is the title, and a label says which address is the project's."""
    assert read(f"# List\n## Tools\n{text}\n") == [expected]


def test_several_records_in_one_paragraph() -> None:
    """An address is followed by the title of the next entry."""
    text = f"Saw  \nProject: {G}/t/saw  \nDrill  \nMakes holes  \nProject: {G}/t/drill  \n"
    assert read(f"# List\n{text}") == [("t/saw", "Saw", ""), ("t/drill", "Drill", "Makes holes")]


OWN = f"{G}/Example/Awesome-Things"


@pytest.mark.parametrize(
    "text",
    [
        f"- [Saws]({OWN}#saws)",
        f"- [Saws]({OWN}/blob/main/saws.md) - a list of saws",
        f"* For books, go [here]({OWN}/blob/master/books.md).",
        f"[English]({OWN}) | [中文]({OWN}/blob/main/README.zh.md) | [日]({OWN}/blob/main/ja.md)",
        f"[🔝 top]({OWN}#list)",
        f"**[⬆ up]({OWN}/)**",
        f"- [Propose a tool]({OWN}/issues/new/choose)",
        f"- [![Stars](https://img.shields.io/x)]({OWN}/stargazers) of this list",
        f"| [All]({OWN}) | [More]({OWN}/tree/main/more) |\n|---|---|\n| [x]({OWN}#x) | |",
        f"## [This list]({OWN})",
    ],
)
def test_the_list_itself(text: str) -> None:
    """It is no entry of itself, whatever its link is called, and stands nowhere else."""
    assert read(f"# List\n## Saws\n{text}") == []
    assert elsewhere(f"# List\n## Saws\n{text}") == []
    other = parse_list(f"# List\n## Saws\n- [Things]({OWN}) - lists things", itself=None)
    assert [entry.title for entry in other.entries] == ["Things"]


def test_translations_of_an_unknown_list() -> None:
    """A row of languages is no entry though nobody knows what the list is called."""
    text = f"[English]({G}/l/l/blob/main/README.en.md) | [中文]({G}/l/l/blob/main/README.zh-cn.md)"
    assert parse_list(f"# List\n- {text}\n- [a]({G}/a/a)").entries[0].title == "a"


@pytest.mark.parametrize(
    "text",
    [
        f"Configuration in [TOML]({G}/t/toml) syntax.",
        f"Unlike [antidote]({G}/u/antidote), no files are needed",
        f"See the [wiki]({G}/f/user.js/wiki/4.1) for more.",
        f"Works with [vim]({G}/v/vim) and [emacs]({G}/e/emacs).",
        f"Thanks to [Ann]({G}/ann/dotfiles) this list exists",
        f"Fork it on [GitHub]({G}/f/f)",
        f"The saw team is adding [benchmarks]({G}/t/saw#b) for the blade",
        f"Inspired by: [saw]({G}/t/saw)",
        f"Use [user.js]({G}/f/user.js)",
        f"Note: [saw]({G}/t/saw) is deprecated",
        f"It was inspired by [saw]({G}/t/saw) (2019) and others",
    ],
)
def test_prose(text: str) -> None:
    """A sentence with a link in its middle lists nothing."""
    assert read(f"# Tool\n- {text}") == []
    assert elsewhere(f"# Tool\n- {text}") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Editors: [one]({G}/o/one), [two]({G}/t/two)", ["one", "two"]),
        (
            f"Editors: [one]({G}/o/one), [two]({G}/t/two) and [three]({G}/t/three).",
            ["one", "two", "three"],
        ),
        (f"**Editors** - [one]({G}/o/one) | [two]({G}/t/two)", ["one", "two"]),
        (f"Editors: see [editors]({G}/e/editors#list)", ["Editors"]),
        (f"Big Data [awesome-big-data]({G}/e/awesome-big-data).", ["awesome-big-data"]),
        (f"编辑器：[one]({G}/o/one)、[two]({G}/t/two)", ["one", "two"]),
        (f"Editors – [one]({G}/o/one) / [two]({G}/t/two)", ["one", "two"]),
        (f"Kite ([code]({G}/k/kite)) flies", ["Kite"]),
        (f"Kite – flies. [GitHub]({G}/k/kite)", ["Kite"]),
        (f"**Kite** [[source]({G}/k/kite)]", ["Kite"]),
        (f"Kite: flies like a [bird]({G}/b/bird) ([Source]({G}/k/kite))", ["Kite"]),
        (f"Kite – {G}/k/kite", ["Kite"]),
    ],
)
def test_groups_and_titles_without_a_link(text: str, expected: list[str]) -> None:
    """An item that names a group lists its members; one with a source link lists its title."""
    assert [title for _, title, _ in read(f"# List\n- {text}")] == expected


@pytest.mark.parametrize(
    "text",
    [
        f"- [Baz]({G}/baz/baz)[^1] - desc\n\n[^1]: {G}/foo/foo",
        f"- [Baz]({G}/baz/baz) - desc[^note]\n\n[^note]: [foo]({G}/foo/foo) is older.",
        f"- [Baz]({G}/baz/baz) - desc[^1][^2]\n\n[^1]: {G}/foo/foo\n[^2]: [b]({G}/b/b) - text",
        f"- [Baz]({G}/baz/baz) - desc[^1]\n[^1]: [foo]({G}/foo/foo)",
        f"- [Baz]({G}/baz/baz)[^ü-1] - desc\n\n[^ü-1]:\n    [foo]({G}/foo/foo)",
        f"- [Baz]({G}/baz/baz)<sup>[1](#note)</sup> - desc",
        f"[^1]: [foo]({G}/foo/foo) - is a footnote\n\n- [Baz]({G}/baz/baz) - desc",
    ],
)
def test_footnotes(text: str) -> None:
    """A footnote lists nothing, and its mark is no text."""
    assert read(f"# List\n{text}") == [("baz/baz", "Baz", "desc")]


@pytest.mark.parametrize(
    "matter",
    [
        "---\ntitle: Awesome X\n---",
        "---\nlayout: default\ntags: [a, b]\n---",
        "---\ntitle: X\nauthors:\n  - Ann\n  - Bob\n# a comment\n\ndate: 2020-01-01\n---",
        '---\n"og:title": X\ndescription: >\n  Two\n  lines\n...',
        "---\n---",
        "\ufeff---\r\ntitle: X\r\n---\r",
    ],
)
def test_front_matter(matter: str) -> None:
    """What tools read at the top of a file is no heading of it, and its lines are counted."""
    (entry,) = parse_list(f"{matter}\n\n- [a]({G}/a/a) - one\n").entries
    assert entry.section == ()
    assert entry.lines[0] == matter.count("\n") + 2


@pytest.mark.parametrize("text", ["---\nA heading\n---\n", "---\n\n## A heading\n\n---\n"])
def test_what_only_resembles_front_matter(text: str) -> None:
    """A line at the top may be just that."""
    assert parse_list(f"{text}- [a]({G}/a/a)").entries[0].section == ("A heading",)


@pytest.mark.parametrize(
    ("text", "title", "description"),
    [
        (f"[Saw]({G}/t/saw) :zap: - Fast :rocket:", "Saw", "⚡ - Fast 🚀"),
        (f":star: [Saw]({G}/t/saw) :octocat: cuts", "Saw", "cuts"),
        (f"[:fire: Saw]({G}/t/saw) - cuts", "🔥 Saw", "cuts"),
        (f"[:fire:]({G}/t/saw) Saw - cuts", "Saw", "cuts"),
        (f"[🤖]({G}/t/saw)", "saw", ""),
        (f"[![Stars](https://img.shields.io/x)]({G}/t/saw)", "saw", ""),
        (f"[![build](b)]({G}/t/saw) **Saw** - cuts", "Saw", "cuts"),
        (f"[![logo](l.png)]({G}/t/saw) [Saw]({W}) - cuts", "Saw", "cuts"),
        (f"[⚙️](#tools) [Saw]({G}/t/saw) - at 10:30:00, in std::vector::size", "Saw", None),
        (f"[GitHub :heart:]({G}/t/saw)", "saw", ""),
        (f"[Saw]({G}/t/saw) - cuts :+1:", "Saw", "cuts 👍"),
        (f"[Saw]({G}/t/saw) - the `:zap:` code", "Saw", "the :zap: code"),
    ],
)
def test_emoji(text: str, title: str, description: str | None) -> None:
    """Codes become emoji or go; signs and badges alone are no titles."""
    ((_, found, said),) = read(f"# List\n- {text}")
    assert found == title
    assert said == ("at 10:30:00, in std::vector::size" if description is None else description)


@pytest.mark.parametrize(
    ("summary", "section"),
    [
        ("Show more", ()),
        ("Show 26 hidden projects...", ()),
        ("<b>Click to expand!</b>", ()),
        ("View all", ()),
        ("点击展开", ()),
        ("Mehr anzeigen", ()),
        ("もっと見る", ()),
        ("Databases", ("Databases",)),
        ("Databases (click to expand)", ("Databases",)),
        ("Show control", ("Show control",)),
        ("View components", ("View components",)),
        (":package: Packages", ("📦 Packages",)),
    ],
)
def test_summaries(summary: str, section: tuple[str, ...]) -> None:
    """A summary that only says there is more is no section."""
    text = f"# List\n<details><summary>{summary}</summary>\n\n- [a]({G}/a/a)\n\n</details>"
    assert parse_list(text).entries[0].section == ("List", *section)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"见 {G}/a/b，很好", ("a/b", "b", "很好")),
        (f"X：{G}/a/b（说明）", ("a/b", "X", "说明")),
        (f"{G}/a/b。", ("a/b", "b", "")),
        (f"X：{G}/a/b、", ("a/b", "X", "")),
        (f"X：「{G}/a/b」", ("a/b", "X", "")),
        (f"{G}/a/b很好", ("a/b", "b", "很好")),
        (f"[X]({G}/a/b，) - 说明", ("a/b", "X", "说明")),
        (f"“{G}/a/b”", ("a/b", "b", "")),
    ],
)
def test_addresses_in_cjk_text(text: str, expected: tuple[str, str, str]) -> None:
    """A name can only be ASCII, so what follows it there is text."""
    assert read(f"# List\n- {text}") == [expected]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (f"[Press] ({G}/p/press) - A tool.", "Press"),
        (f"[Press]  ({G}/p/press) - A tool.", "Press"),
        (f"**[Press] ({G}/p/press)** - A tool.", "Press"),
        (f"[Press Kit] (<{G}/p/press>) - A tool.", "Press Kit"),
        (f'[Press] ({G}/p/press "The press") - A tool.', "Press"),
        (f"[Press]({G}/p/press - A tool.", "Press"),
        (f"[Press] {G}/p/press - A tool.", "Press"),
        (f"[*Press*] ( {G}/p/press ) - A tool.", "Press"),
    ],
)
def test_a_blank_between_the_brackets(text: str, title: str) -> None:
    """It is a frequent slip, and what was meant is clear."""
    assert read(f"# List\n- {text}") == [("p/press", title, "A tool.")]
    assert read(f"# List\n{text}") == [("p/press", title, "A tool.")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"## [Gen]({G}/m/gen)\nMakes things.", ("m/gen", "Gen", "Makes things.")),
        (
            f"## [Gen]({G}/m/gen)\n\n![pic](p.png)\n\nMakes things.\n\nMore.",
            ("m/gen", "Gen", "Makes things."),
        ),
        (
            f"## [Gen]({G}/m/gen)\n> Makes [things]({G}/t/things).",
            ("m/gen", "Gen", "Makes things."),
        ),
        (
            f"## [Gen]({W})\nMakes things. [Source]({G}/m/gen)",
            ("m/gen", "Gen", "Makes things. Source"),
        ),
        (f"## [Gen]({W})\nMakes things.\n\n- Source: {G}/m/gen", ("m/gen", "Gen", "Makes things.")),
        (
            f"## [Gen]({W})\nMakes.\n\n### Links\n- [Web]({W})\n- [Repo]({G}/m/gen)",
            ("m/gen", "Gen", "Makes."),
        ),
        (f"## Gen [![GitHub](i.svg)]({G}/m/gen)\nMakes.", ("m/gen", "Gen", "Makes.")),
        (f"## [Gen]({G}/m/gen) ⭐ 1.2k\nMakes.", ("m/gen", "Gen", "Makes.")),
        (f"## Gen\n- [GitHub]({G}/m/gen) - makes", ("m/gen", "Gen", "makes")),
        (f"## [Gen]({G}/m/gen) - makes\nMore.", ("m/gen", "Gen", "makes")),
    ],
)
def test_headings(text: str, expected: tuple[str, str, str]) -> None:
    """A heading that is an entry has what stands below it."""
    (entry,) = parse_list(f"# List\n{text}").entries
    assert (entry.repository.full_name, entry.title, entry.description) == expected
    assert entry.section == ("List",)


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("stargazers", "Bru"),
        ("issues?q=label%3Aeasy", "Bru"),
        ("issues?q=is%3Aopen", "Easy ones of Bru"),
        ("labels/good%20first%20issue", "First issues"),
        ("tree/main/tools/bru", "Tools"),
        ("blob/main/bru.py", "The script"),
        ("wiki", "Its wiki"),
        ("releases/latest", "Bru"),
        ("discussions", "bru"),
        ("graphs/contributors", "A Bru"),
    ],
)
def test_subpages(page: str, title: str) -> None:
    """A title that links a page of a repository lists the repository."""
    assert read(f"# List\n- [{title}]({G}/a/bru/{page}) - Toolbox") == [("a/bru", title, "Toolbox")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"- [a]({G}/x/a) / [b]({G}/x/b) - Excel", [("a", "Excel"), ("b", "Excel")]),
        (
            f"- [a]({G}/x/a), [b]({G}/x/b) and [c]({G}/x/c): Excel",
            [("a", "Excel"), ("b", "Excel"), ("c", "Excel")],
        ),
        (f"- [a]({G}/x/a) | [b]({G}/x/b)", [("a", ""), ("b", "")]),
        (f"- [a]({G}/x/a) & [b]({G}/x/b) - d", [("a", "d"), ("b", "d")]),
        (f"[a]({G}/x/a) / [b]({G}/x/b) - d", [("a", "d"), ("b", "d")]),
        (f"- [a]({G}/x/a) / [docs]({G}/x/manual) - d", [("a", None)]),
        (f"- [x]({G}/x)/[a]({G}/x/a) - d", [("a", "d")]),
        (f"- [a]({G}/x/a) - like [b]({G}/x/b)", [("a", "like b")]),
        (f"||\n|---|\n|[a]({G}/x/a) ad|", [("a", "ad")]),
        (
            f"| | |\n|---|---|\n|[a]({G}/x/a) ad|[b]({G}/x/b) bd|\n|[c]({G}/x/c)| |",
            [("a", "ad"), ("b", "bd"), ("c", "")],
        ),
        (
            f"|[a]({G}/x/a)<br>ad|[b]({G}/x/b)<br>bd|\n|---|---|\n|[c]({G}/x/c)|[d]({G}/x/d)|",
            [("a", "ad"), ("b", "bd"), ("c", ""), ("d", "")],
        ),
        (
            f"<table><tr><td><a href={G}/x/a>a</a><br>ad<td><a href={G}/x/b>b</a> bd</table>",
            [("a", "ad"), ("b", "bd")],
        ),
        (f"| | |\n|---|---|\n|[a]({G}/x/a)|ad|", [("a", "ad")]),
    ],
)
def test_several_titles(text: str, expected: list[tuple[str, str | None]]) -> None:
    """Titles side by side are entries each, and so are cards in a grid."""
    found = [(title, said) for _, title, said in read(f"# List\n{text}")]
    assert [title for title, _ in found] == [title for title, _ in expected]
    assert all(
        wanted in (None, said) for (_, said), (_, wanted) in zip(found, expected, strict=True)
    )


def test_categories() -> None:
    """An item that only names a category is a section of what stands below it."""
    text = f"""# List
- **Cutting**:
  - Hand
    - [Saw]({G}/t/saw) - cuts
  - [Axe]({W}/axe)
- [Drill]({G}/t/drill)
  - [Bit]({G}/t/bit)
- This is a sentence that says why.
  - [Nail]({G}/t/nail)
"""
    sections = {entry.title: entry.section for entry in parse_list(text).entries}
    assert sections == {
        "Saw": ("List", "Cutting", "Hand"),
        "Drill": ("List",),
        "Bit": ("List",),
        "Nail": ("List",),
    }
    assert parse_list(text).elsewhere[0].section == ("List", "Cutting")


def test_nfc() -> None:
    """Texts are composed, however a list spells them."""
    (entry,) = parse_list(f"# Cafe\u0301\n- [Re\u0301sume\u0301]({G}/r/r) - e\u0301").entries
    assert (entry.section, entry.title, entry.description) == (("Café",), "Résumé", "é")


def test_where_elsewhere_is() -> None:
    """It has the address of the title, and its line as people count."""
    (found,) = parse_list(f"# List\n\n## Tools\n- [Saw]({W}/saw) - cuts").elsewhere
    assert (found.title, found.url, found.line) == ("Saw", f"{W}/saw", 4)
    assert found.section == ("List", "Tools")
