"""The config.toml of the project documents every setting."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from model.config_samples import NOT_FLAGS

from crawler.model.config import (
    KEYS,
    TRUSTED_ONLY,
    make_settings,
    parse_config,
)
from crawler.model.settings import DEFAULTS

ROOT = Path(__file__).parents[2]


def test_the_example_file_is_the_defaults() -> None:
    """The config.toml of the project is one that changes nothing."""
    text = (ROOT / "config.toml").read_text("utf-8")
    table = parse_config(text.encode(), "config.toml", trusted=False)
    assert table is not None
    assert make_settings(table) == DEFAULTS


def test_the_example_file_documents_every_setting() -> None:
    """Each setting stands in config.toml once, under a comment: active where it has a fixed
    default, else as a commented line with an example that is valid."""
    text = (ROOT / "config.toml").read_text("utf-8")
    active = tomllib.loads(text)["crawler"]
    lines = re.findall(r"^(# )?(\w+) = ", text, re.M)
    assert sorted(key for _, key in lines) == sorted(KEYS)
    examples = tomllib.loads(re.sub(r"^# (?=\w+ = )", "", text, flags=re.M))["crawler"]
    assert set(examples) == set(KEYS)
    make_settings(examples)
    for key in KEYS:
        has_default = getattr(DEFAULTS, key) is not None and key not in TRUSTED_ONLY
        # A file has its tables at its end, where nothing can follow them.
        has_default &= key not in NOT_FLAGS
        assert (key in active) is has_default
        assert re.search(rf"^# [^\n]+\n(# )?{key} = ", text, re.M), f"{key} has no comment"


def test_the_example_file_tells_the_units_and_choices() -> None:
    """Seconds, ranges and the values that a choice takes stand beside their keys."""
    text = (ROOT / "config.toml").read_text("utf-8")
    comments = {
        key: comment for comment, key in re.findall(r"((?:^# .*\n)+)(?:# )?(\w+) = ", text, re.M)
    }
    assert "econds" in comments["timeout"]
    assert "econds" in comments["response_seconds"]
    assert "1 to 60" in comments["response_seconds"]
    assert all(unit in comments["max_wait"] for unit in ("90s", "15m", "1h", "seconds"))
    assert "1 to 100" in comments["concurrency"]
    assert "1 to 100" in comments["batch_size"]
    for key, words in {
        "links": ("entries", "all"),
        "provider": ("graphql", "rest", "depsdev", "auto"),
        "format": ("table", "json", "jsonl", "csv"),
        "output": (".json", ".jsonl", ".csv"),
    }.items():
        assert all(word in comments[key] for word in words)
