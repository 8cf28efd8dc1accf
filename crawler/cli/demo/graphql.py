"""The subset of GraphQL that is used: aliases, variables, nested fields, and named fragments.

https://spec.graphql.org/October2021/#sec-Language
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from functools import lru_cache
from typing import Any, Final

from crawler.model.frozen import frozen

Resolver = Callable[..., Any]
"""Returns the value of a field for its arguments.

Raises: Refused.
"""

# Commas are white space.
_TOKEN: Final = re.compile(r"\.\.\.|\w+|[^\s,\w]")


TYPE: Final = "__typename"
ANY: Final = "GitObject"
"""The only interface that fragments are used with."""


class Refused(Exception):
    """Why a field of the query has no value; the answer contains it beside the other values."""

    def __init__(self, kind: str, message: str, **extensions: Any) -> None:
        """`kind` is GitHub's `type` of the error."""
        super().__init__(message)
        self.kind = kind
        self.extensions = extensions


@frozen
class Field:
    """A field in a query."""

    key: str
    """The key of its value in the answer."""
    name: str
    arguments: Mapping[str, str]
    """Variable names by argument name."""
    fields: tuple[Field | str, ...]
    """Its subfields; a text is the name of a fragment."""


@frozen
class Fragment:
    """A named fragment."""

    kind: str
    fields: tuple[Field | str, ...]


@frozen
class Query:
    """A parsed query."""

    fields: tuple[Field | str, ...] = ()
    fragments: dict[str, Fragment] = field(default_factory=dict)


@lru_cache
def parse(text: str) -> Query:
    """Parse a query.

    Raises: ValueError if it is invalid, or uses an unsupported feature.
    """
    tokens = _TOKEN.findall(text)[::-1]
    fields: tuple[Field | str, ...] = ()
    fragments = {}
    try:
        while tokens:
            head = []
            while (token := tokens.pop()) != "{":
                head.append(token)
            found = _read_fields(tokens)
            if head[:1] == ["fragment"]:
                fragments[head[1]] = Fragment(head[3], found)
            else:
                fields = found
    except IndexError:
        raise ValueError("the query ends too early") from None
    return Query(fields, fragments)


def _read_fields(tokens: list[str]) -> tuple[Field | str, ...]:
    """The fields up to the closing brace; `tokens` are taken from the end."""
    found: list[Field | str] = []
    while (token := tokens.pop()) != "}":
        if token == "...":
            found.append(tokens.pop())
            continue
        if not token.isidentifier():
            raise ValueError(f"{token!r} is no field")
        name = token
        arguments: dict[str, str] = {}
        fields: tuple[Field | str, ...] = ()
        if tokens[-1] == ":":
            tokens.pop()
            name = tokens.pop()
        if tokens[-1] == "(":
            tokens.pop()
            arguments = _read_arguments(tokens)
        if tokens[-1] == "{":
            tokens.pop()
            fields = _read_fields(tokens)
        found.append(Field(token, name, arguments, fields))
    return tuple(found)


def _read_arguments(tokens: list[str]) -> dict[str, str]:
    found = {}
    while (name := tokens.pop()) != ")":
        if (tokens.pop(), tokens.pop()) != (":", "$"):
            raise ValueError(f"the argument {name} is given by no variable")
        found[name] = tokens.pop()
    return found


def execute(
    query: Query, variables: Mapping[str, Any], root: Mapping[str, Resolver]
) -> dict[str, Any]:
    """The answer to a query with the resolvers `root` for its top fields.

    If something within a field is refused, the field is null.
    """
    data: dict[str, Any] = {}
    errors: list[dict[str, Any]] = []
    for asked in _spread(query.fields, query, None):
        try:
            value = root[asked.name](**_arguments(asked, variables))
            data[asked.key] = _choose(value, asked.fields, query, variables)
        except Refused as refused:
            data[asked.key] = None
            error = {"type": refused.kind, "path": [asked.key], "message": str(refused)}
            errors.append(
                error | ({"extensions": refused.extensions} if refused.extensions else {})
            )
    return {"data": data} | ({"errors": errors} if errors else {})


def _arguments(asked: Field, variables: Mapping[str, Any]) -> dict[str, Any]:
    return {name: variables[given] for name, given in asked.arguments.items()}


def _spread(fields: tuple[Field | str, ...], query: Query, kind: str | None) -> Iterator[Field]:
    """The fields of a value, including those of fragments that apply to its type."""
    for each in fields:
        if isinstance(each, Field):
            yield each
        elif kind in (None, query.fragments[each].kind) or query.fragments[each].kind == ANY:
            yield from _spread(query.fragments[each].fields, query, kind)


def _choose(
    value: Any, fields: tuple[Field | str, ...], query: Query, variables: Mapping[str, Any]
) -> Any:
    if isinstance(value, Refused):
        raise value
    if value is None or not fields:
        return value
    chosen = {}
    for each in _spread(fields, query, value.get(TYPE)):
        inner = value[each.name]
        if callable(inner):
            inner = inner(**_arguments(each, variables))
        chosen[each.key] = _choose(inner, each.fields, query, variables)
    return chosen
