"""The config.toml of the project documents every setting.

It is made anew by `PYTHONPATH=tests:. python tests/model/test_config_example.py > config.toml`.
"""

from __future__ import annotations

import re
import textwrap
import tomllib
from pathlib import Path
from typing import get_args

from model.config_samples import toml

from crawler.cli.parser import choice_of
from crawler.model.config import KEYS, NESTED, make_settings, parse_config
from crawler.model.definitions import Group, Setting
from crawler.model.settings import DEFAULTS

EXAMPLE = Path(__file__).parents[2] / "config.toml"

HEAD = """\
# Every setting of the star crawler, at its default. Flags beat environment variables, which beat
# this file. It is looked for at --config PATH, else here in the current folder, else as
# config.toml in the user's config folder (Linux: ~/.config/star-crawler). Lines that begin with
# "# key =" show settings that have no fixed default. Durations are text with a unit: "90s", "15m",
# "12h", "7d", "2w" or "1y".
#
# Keys marked [named] are refused where this file merely lies in the current folder, which may be a
# stranger's, and not beside the program: name the file by --config.

[crawler]
"""


def comment(known: Setting) -> str:
    """What config.toml says of a setting."""
    sentences = [known.help]
    bounds = f"{known.low} to {known.high}"
    has_bounds = known.high is not None and not known.is_duration
    if bool in get_args(known.kind):
        sentences.append(f"true: {known.unset}; false: {known.off}; or a path")
    elif has_bounds:
        sentences.append(" or ".join((bounds, *known.words)))
    elif choice_of(known):
        sentences.append(choice_of(known))
    if known.unset and known.default is None:
        sentences.append(f"Default: {known.unset}")
    text = " ".join(f"{sentence[0].upper()}{sentence[1:]}." for sentence in sentences)
    return textwrap.fill(
        text if known.harmless else f"{text} [named]",
        98,
        initial_indent="# ",
        subsequent_indent="# ",
        break_on_hyphens=False,
    )


def line(known: Setting) -> str:
    """The setting at its default; where there is no fixed one, an example as a comment."""
    has_default = known.default is not None and known.name not in NESTED
    mark, value = ("", known.default) if has_default else ("# ", known.example)
    return f"{mark}{known.name} = {toml(list(value) if known.is_list else value)}"


def example() -> str:
    """The file as the definitions make it; tables stand at the end of a file."""
    parts = [HEAD]
    for group in get_args(Group):
        settings = [known for known in KEYS.values() if known.group == group]
        if all(known.name in NESTED for known in settings):
            continue
        parts.append(f"\n# --- {group} ---\n")
        parts += [
            f"\n{comment(each)}\n{line(each)}\n" for each in settings if each.name not in NESTED
        ]
    parts.append("\n# --- tables, at the end of the file; any number of report and exempt ---\n")
    parts += [f"\n{comment(KEYS[name])}\n{line(KEYS[name])}\n" for name in NESTED]
    return "".join(parts)


def test_the_example_file_is_made_from_the_definitions() -> None:
    """Every key, comment and default is what the definition says."""
    assert EXAMPLE.read_text("utf-8") == example()


def test_the_example_file_is_the_defaults() -> None:
    """The config.toml of the project is one that changes nothing."""
    table = parse_config(EXAMPLE.read_bytes(), "config.toml", is_named=False)
    assert table is not None
    assert make_settings(table) == DEFAULTS


def test_the_examples_are_valid() -> None:
    """Each commented line is a setting that can be uncommented."""
    text = re.sub(r"^# (?=\w+ = )", "", EXAMPLE.read_text("utf-8"), flags=re.M)
    examples = tomllib.loads(text)["crawler"]
    assert set(examples) == set(KEYS)
    assert make_settings(examples) != DEFAULTS


if __name__ == "__main__":
    print(example(), end="")
