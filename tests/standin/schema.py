"""Whether GitHub would take a query: it is held against the part of the schema in this folder.

That part is held against the whole schema where that lies beside the checkout.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from graphql import GraphQLError, GraphQLSchema, build_schema, parse, validate

WHOLE_SCHEMA = Path(__file__).parents[3] / "shared" / "github" / "schema.graphql"
SMALL_SCHEMA = Path(__file__).with_name("schema.graphql")


@cache
def schema(path: Path = SMALL_SCHEMA) -> GraphQLSchema:
    """A schema, read once."""
    text = path.read_text(encoding="utf-8")
    return build_schema(text, assume_valid=True, assume_valid_sdl=True, no_location=True)


@cache
def objections(query: str) -> tuple[str, ...]:
    """What the schema says against a query; each text is checked once."""
    try:
        return tuple(error.message for error in validate(schema(), parse(query)))
    except GraphQLError as error:
        return (error.message,)
