"""Ready-made worlds: a small one of every kind of repository, and one from real lists and facts."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

from crawler.cli.demo.world import Forbidden, Repository, World

TOKEN = "standin-token-0123456789abcdef"
"""The token that the sample worlds accept."""

SMALL_LIST = b"""# Awesome Small

> Everything that can become of a listed repository.

## Tools

* [Alpha](https://github.com/alpha/tool) - The most starred.
* [Beta](https://github.com/beta/tool) - Ties with Gamma.
* [Gamma](https://github.com/Gamma/Tool) - Ties with Beta.
* [Old name](https://github.com/delta/before) - Renamed since.
* [New name](https://github.com/delta/after) - The same repository as the one above.
* [Case](https://github.com/EPSILON/tool) - Listed in another letter case.

## Libraries

* [Attic](https://github.com/zeta/attic) - Archived.
* [Fork](https://github.com/eta/fork) - A fork.
* [Bare](https://github.com/theta/bare) - Without language, licence, description and push.
* [Zero](https://github.com/iota/zero) - Without a star.

## Lost

* [Gone](https://github.com/kappa/gone) - Deleted.
* [Secret](https://github.com/lambda/secret) - Private.
* [Taken down](https://github.com/mu/dmca) - By a notice.
* [Banned](https://github.com/nu/tos) - By the terms of service.
* [Locked](https://github.com/xi/saml) - By its organisation.
"""
"""The README of `small/list`: 15 names, of which two are one repository."""


def small_world() -> World:
    """A few repositories, one of each kind that a crawler has to tell apart."""
    saml = (
        "Resource protected by organization SAML enforcement. "
        "You must grant your Personal Access token access to this organization."
    )
    return World(
        [
            Repository("small/list", 5, 7, readme=SMALL_LIST),
            Repository("alpha/tool", 900, 1, 90, "C#", "MIT", description="Alpha, a tool"),
            Repository("beta/tool", 500, 2, 50, "F#", "Apache-2.0"),
            Repository("gamma/tool", 500, 3, 51, "C#", "MIT"),
            Repository("delta/after", 300, 4, 30, "Go", "MIT", old_names=("delta/before",)),
            Repository("epsilon/tool", 200, 5, 20, "Rust", "MIT"),
            Repository("zeta/attic", 100, 6, 10, "C", "GPL-3.0", archived=True),
            Repository("eta/fork", 90, 8, 9, "C", "MIT", fork=True),
            Repository("theta/bare", 80, 9, pushed_at=None),
            Repository("iota/zero", 0, 10, 0, "Python", "MIT"),
            Repository("lambda/secret", 70, 11, 1, "C#", private=True),
            Repository("mu/dmca", 60, 12, block="dmca"),
            Repository("nu/tos", 50, 13, block="tos"),
            Repository("xi/saml", 40, 14, forbidden=Forbidden(saml, saml=True)),
            Repository("omicron/unlisted", 10_000, 15, 1, "C#", "MIT"),
        ],
        [TOKEN],
    )


def publish(world: World, name: str, *lines: str) -> None:
    """Let the README of a repository list these, an entry each; what begins with # is a heading."""
    entries = [
        line if line.startswith("#") else f"* [{line}](https://github.com/{line}) - About {line}."
        for line in lines
    ]
    world.add(Repository(name, 1, readme="\n\n".join(["# Best", *entries]).encode()))


def shared_folder() -> Path | None:
    """The real lists and facts beside the checkout; None if they are absent."""
    folder = Path(__file__).parents[3] / "shared"
    needed = (folder / "lists", folder / "facts" / "stars.csv")
    return folder if all(path.exists() for path in needed) else None


def shared_world(folder: Path) -> World:
    """The seven real lists as READMEs, and every repository that they link.

    Stars are the real ones where they are known, else made of the name.
    """
    world = World(tokens=[TOKEN])
    with (folder / "facts" / "stars.csv").open(encoding="utf-8", newline="") as file:
        known = {row["repository"].casefold(): row for row in csv.DictReader(file)}
    for rendered in sorted((folder / "lists" / "rendered").glob("*.txt")):
        for name in rendered.read_text(encoding="utf-8").split():
            if world.named(name) is None:
                world.add(_from_facts(name, known.get(name.casefold())))
    for repository, file_name in LISTS.items():
        readme = (folder / "lists" / file_name).read_bytes()
        world.add(Repository(repository, made_stars(repository), readme=readme))
    return world


LISTS = {
    "quozd/awesome-dotnet": "awesome-dotnet.md",
    "rust-unofficial/awesome-rust": "awesome-rust.md",
    "avelino/awesome-go": "awesome-go.md",
    "vsouza/awesome-ios": "awesome-ios.md",
    "akullpp/awesome-java": "awesome-java.md",
    "awesome-selfhosted/awesome-selfhosted": "awesome-selfhosted.md",
    "trimstray/the-book-of-secret-knowledge": "the-book-of-secret-knowledge.md",
}
"""The real lists' repositories, and their files in `shared/lists`."""


def made_stars(full_name: str) -> int:
    """A number that depends on the name alone, for repositories without a known one."""
    digest = hashlib.sha256(full_name.casefold().encode()).digest()
    return int.from_bytes(digest[:4], "big") % 5000


def _from_facts(name: str, row: dict[str, str] | None) -> Repository:
    if row is None:
        return Repository(name, made_stars(name), language="C", license="MIT")
    return Repository(
        row["repository"],
        int(row["stars"]),
        language=row["language"] or None,
        license="MIT",
        archived=row["archived"] == "1",
        pushed_at=row["pushed_at"] or None,
    )
