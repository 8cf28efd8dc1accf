"""Define each setting once, as a field of a dataclass.

    retries: int = setting(3, "crawl", "repeat a failed request at most this many times", high=100)

Name, type and default are written as in any dataclass; `setting` adds what checks, flags, help
and config.toml need. All of these are made from the field or tested against it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from crawler.model.durations import seconds
from crawler.model.errors import ConfigError
from crawler.model.frozen import frozen

T = TypeVar("T")

Group = Literal["report", "filters", "crawl", "store", "server", "check"]
"""The headings of the help and of config.toml, in this order."""

LONGEST_QUOTE: Final = 60
"""Characters of a wrong value to quote."""


@frozen(kw_only=True)
class Setting:
    """The definition of a setting."""

    name: str
    """Its key in the config file, and its parameter in the library."""
    kind: Any
    """Its type."""
    default: Any
    group: Group
    help: str
    """What it does, as a phrase without capital letter and full stop."""
    unset: str | None
    """What applies if it is None or empty, as a phrase."""
    off: str | None
    """What False does, for a setting whose other values are not booleans."""
    example: Any
    """A value to show; the default if there is one."""
    low: float | str | None
    """The least value; for a duration as text, 0 s unless another is given."""
    high: float | str | None
    longest: int | None
    """Most characters of the text, or of each of its texts, which then may not be blank."""
    flags: tuple[str, ...]
    """Its flags, the short one first; empty if it has none."""
    metavar: str | None
    """The placeholder for the value in the flag's help; TIME and N unless another is given."""
    harmless: bool
    """Whether it may be set by a config file that a stranger may have written."""

    @property
    def is_duration(self) -> bool:
        """Whether it is a length of time."""
        return {float, timedelta} <= set(get_args(self.kind))

    def lacks_unit(self, value: object) -> bool:
        """Whether `value` is a bare number where a duration is expected; 0 needs no unit."""
        if timedelta not in get_args(self.kind) or isinstance(value, bool):
            return False
        if isinstance(value, str) and not self.is_duration:
            return False  # 20260501 is a date
        try:
            return isinstance(value, int | float | str) and float(value) != 0
        except ValueError:
            return False

    @property
    def is_list(self) -> bool:
        """Whether it has several values."""
        return get_origin(self.kind) is tuple

    @property
    def words(self) -> tuple[str, ...]:
        """The words that its value, or each of its values, may be."""
        return _words(self.kind)

    @property
    def bounds(self) -> str:
        """Such as `from 1 to 100`; empty if there are none."""
        if self.low is None and self.high is None:
            return ""
        if self.high is None:
            return f"of at least {self.low}"
        return f"from {self.low} to {self.high}"

    def problem(self, value: object) -> str | None:
        """What is wrong with `value`, such as `must be a whole number, not "ten"`."""
        try:
            if _fits(value, self.kind) and self._is_within(value):
                return self._misfit(value)
        except ConfigError:
            pass  # a text that is not a duration
        return f"must be {self._expected()}, not {_quoted(value)}"

    def _misfit(self, value: Any) -> str | None:
        """What is wrong with the length of a text."""
        most = self.longest
        if most is None:
            return None
        for text in (value,) if isinstance(value, str) else value:
            if not text.strip():
                return "must not be empty"
            if len(text) > most:
                return f"must have at most {most} characters, not {len(text)}"
        return None

    def _is_within(self, value: Any) -> bool:
        if self.is_duration and value is not None:
            value, low, high = (each and seconds(each) for each in (value, self.low, self.high))
        else:
            low, high = self.low, self.high
        if isinstance(value, str) or value is None:
            return True
        # Not written the other way round: every comparison with nan is false.
        return (low is None or value >= low) and (high is None or value <= high)

    def _expected(self) -> str:
        if self.is_duration:
            return ", ".join(filter(None, (f'a duration such as "{self.example}"', self.bounds)))
        return " ".join(filter(None, (_named(self.kind), self.bounds)))


def setting(
    default: T,
    group: Group,
    help: str,
    *,
    unset: str | None = None,
    off: str | None = None,
    example: Any = None,
    low: float | str | None = None,
    high: float | str | None = None,
    longest: int | None = None,
    flag: bool = True,
    short: str | None = None,
    metavar: str | None = None,
    harmless: bool = False,
) -> T:
    """A field of a dataclass of settings; see `Setting`."""
    known = {
        "group": group,
        "help": help,
        "unset": unset,
        "off": off,
        "example": default if example is None else example,
        "low": low,
        "high": high,
        "longest": longest,
        "flag": flag,
        "short": short,
        "metavar": metavar,
        "harmless": harmless,
    }
    field: T = dataclasses.field(default=default, metadata=known)
    return field


_FOUND: Final[dict[type, Mapping[str, Setting]]] = {}
"""Earlier results of `settings_of`."""


def settings_of(owner: type) -> Mapping[str, Setting]:
    """The settings that a dataclass defines or inherits, by name."""
    if owner not in _FOUND:
        hints = get_type_hints(owner)
        _FOUND[owner] = MappingProxyType(
            {
                field.name: _make(field, hints[field.name])
                for field in dataclasses.fields(owner)
                if field.metadata
            }
        )
    return _FOUND[owner]


def _make(field: dataclasses.Field[Any], kind: Any) -> Setting:
    known = dict(field.metadata)
    flags = (known.pop("short"), f"--{field.name.replace('_', '-')}")
    is_typed = known.pop("flag")
    kinds = {kind, *get_args(kind)}
    if known["metavar"] is None:
        known["metavar"] = "TIME" if timedelta in kinds else "N" if int in kinds else None
    if known["low"] is None and {float, timedelta} <= kinds:
        known["low"] = "0s"
    return Setting(
        name=field.name,
        kind=kind,
        default=field.default,
        flags=tuple(filter(None, flags)) if is_typed else (),
        **known,
    )


def check_fields(instance: Any) -> None:
    """Check every setting of an instance and turn lists into tuples; call it in `__post_init__`.

    Raises: ConfigError if a value is of a wrong type or out of its range.
    """
    for known in settings_of(type(instance)).values():
        value = getattr(instance, known.name)
        if isinstance(value, list):
            value = tuple(value)
            object.__setattr__(instance, known.name, value)
        if problem := known.problem(value):
            raise ConfigError(f"{known.name} {problem}")


def _quoted(value: object) -> str:
    """A value as config files write it, not as Python does."""
    import json

    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}…"


def _fits(value: object, kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if get_origin(kind) in (Union, UnionType):
        return any(_fits(value, each) for each in get_args(kind))
    if get_origin(kind) is tuple:
        return isinstance(value, tuple) and all(_fits(each, get_args(kind)[0]) for each in value)
    if isinstance(value, bool):  # bool is a subclass of int
        return kind is bool
    if kind is float:
        return isinstance(value, int | float)
    return isinstance(value, kind)


def _words(kind: Any) -> tuple[str, ...]:
    if get_origin(kind) is Literal:
        return get_args(kind)
    return tuple(word for each in get_args(kind) for word in _words(each))


_NAMES: Final = {
    int: "a whole number",
    float: "a number",
    str: "text",
    bool: "true or false",
    date: "a date",
    timedelta: "a duration",
}


def _named(kind: Any) -> str:
    """What values of a type are called, such as `a whole number`."""
    if get_origin(kind) is Literal:
        *others, last = get_args(kind)
        return " or ".join(filter(None, (", ".join(others), last)))
    if get_origin(kind) is tuple:
        items = get_args(kind)[0]
        return f"a list of {'texts' if items is str else _named(items)}"
    if get_origin(kind) in (Union, UnionType):
        return " or ".join(_named(each) for each in get_args(kind) if each is not NoneType)
    return _NAMES.get(kind, "tables")
