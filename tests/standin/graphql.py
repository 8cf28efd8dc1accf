"""The GraphQL door: queries are checked against a schema, then answered from the world.

Where GitHub's whole schema lies beside the checkout it is the judge, else the
small one in this folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
    parse,
    validate,
    value_from_ast_untyped,
)

from standin.world import Repository, World

WHOLE_SCHEMA = Path(__file__).parents[3] / "shared" / "github" / "schema.graphql"
SMALL_SCHEMA = Path(__file__).with_name("schema.graphql")

RESOURCE_LIMITS = "RESOURCE_LIMITS_EXCEEDED"


class Refused(Exception):
    """What GitHub says under one alias; `type` is its word for it."""

    def __init__(self, type_: str, message: str, extensions: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.type = type_
        self.extensions = extensions or {}


@cache
def schema(path: Path | None = None) -> GraphQLSchema:
    """The schema that queries are held against, read once."""
    path = path or (WHOLE_SCHEMA if WHOLE_SCHEMA.exists() else SMALL_SCHEMA)
    text = path.read_text(encoding="utf-8")
    return build_schema(text, assume_valid=True, assume_valid_sdl=True, no_location=True)


@cache
def checked(query: str) -> tuple[DocumentNode | None, tuple[GraphQLError, ...]]:
    """The parsed query and what the schema says against it; each text is checked once."""
    try:
        document = parse(query)
    except GraphQLError as error:
        return None, (error,)
    return document, tuple(validate(schema(), document))


@dataclass(slots=True)
class Asker:
    """The root of one execution: who asks, of which world, within which limits."""

    world: World
    max_aliases: int | None
    """Repositories after which the query's resources are used up."""
    asked: int = 0
    """Repositories so far."""

    def repository(
        self, info: GraphQLResolveInfo[Any], owner: str, name: str, followRenames: bool = True
    ) -> dict[str, Any]:
        """`Query.repository`. The argument names are GitHub's."""
        asked = f"{owner}/{name}"
        self.asked += 1
        if self.max_aliases is not None and self.asked > self.max_aliases:
            raise Refused(RESOURCE_LIMITS, "Resource limits for this query exceeded.")
        repository = self.world.named(asked)
        renamed = repository is not None and repository.full_name.casefold() != asked.casefold()
        if repository is None or (renamed and not followRenames):
            raise Refused(
                "NOT_FOUND", f"Could not resolve to a Repository with the name '{asked}'."
            )
        if repository.block is not None:
            raise Refused("FORBIDDEN", "Repository access blocked")
        if repository.forbidden is not None:
            saml = {"saml_failure": True} if repository.forbidden.saml else None
            raise Refused("FORBIDDEN", repository.forbidden.message, saml)
        return repository_value(repository)

    def rateLimit(self, info: GraphQLResolveInfo[Any], dryRun: bool = False) -> dict[str, Any]:
        """`Query.rateLimit`."""
        quota = self.world.graphql
        return {
            "cost": 1,
            "limit": quota.limit,
            "nodeCount": 0,
            "remaining": quota.remaining,
            "resetAt": datetime.fromtimestamp(quota.reset, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "used": quota.used,
        }


def aliases(query: str, variables: Mapping[str, Any]) -> dict[str, str]:
    """Response key to the name asked, for each repository of a query that can be read."""
    document, _ = checked(query)
    found: dict[str, str] = {}
    for definition in document.definitions if document else ():
        if not isinstance(definition, OperationDefinitionNode):
            continue
        for node in definition.selection_set.selections:
            if isinstance(node, FieldNode) and node.name.value == "repository":
                given = {
                    each.name.value: value_from_ast_untyped(each.value, dict(variables))
                    for each in node.arguments or ()
                }
                key = (node.alias or node.name).value
                found[key] = f"{given.get('owner')}/{given.get('name')}"
    return found


def answer(query: str, variables: Mapping[str, Any], asker: Asker) -> dict[str, Any]:
    """GitHub's answer to a query, in its form; refused queries have `errors` and no `data`."""
    document, errors = checked(query)
    if document is None or errors:
        return {"errors": [_error(error) for error in errors]}
    result = execute_sync(
        schema(), document, asker, variable_values=dict(variables), field_resolver=_resolve
    )
    assert isinstance(result, ExecutionResult)
    body: dict[str, Any] = {} if result.data is None and result.errors else {"data": result.data}
    if result.errors:
        body["errors"] = [_error(error) for error in result.errors]
    return body


def repository_value(repository: Repository) -> dict[str, Any]:
    """A repository by its GraphQL fields."""
    return {
        "__typename": "Repository",
        "databaseId": repository.number,
        "description": repository.description,
        "forkCount": repository.forks,
        "id": repository.node_id,
        "isArchived": repository.archived,
        "isDisabled": repository.disabled,
        "isFork": repository.fork,
        "isPrivate": repository.private,
        "licenseInfo": repository.license
        and {
            "key": repository.license.lower(),
            "name": repository.license,
            "spdxId": repository.license,
        },
        "name": repository.name,
        "nameWithOwner": repository.full_name,
        "primaryLanguage": repository.language and {"name": repository.language},
        "pushedAt": repository.pushed_at,
        "stargazerCount": repository.stars,
        "stargazers": Refused(
            "FORBIDDEN", "You do not have permission to view stargazers of this repository."
        ),
        "url": f"https://github.com/{repository.full_name}",
        "watchers": {"totalCount": 7},
    }


def _resolve(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    if isinstance(source, Asker):
        # A method of the root that is not there is a part of GitHub not stood in for.
        return getattr(source, info.field_name)(info, **arguments)
    value = source[info.field_name]
    if isinstance(value, Refused):
        raise value
    return value


def _error(error: GraphQLError) -> dict[str, Any]:
    form = dict(error.formatted)
    cause = error.original_error
    if isinstance(cause, Refused):
        form["type"] = cause.type
        if cause.extensions:
            form["extensions"] = cause.extensions
    return form


def unforeseen(body: Mapping[str, Any]) -> list[str]:
    """Errors that are the asker's fault or the stand-in's: GitHub would have typed the others."""
    return [error["message"] for error in body.get("errors", ()) if "type" not in error]
