"""The REST door: repositories, READMEs and refusals in the shapes of GitHub's own answers.

https://docs.github.com/en/rest/repos/repos#get-a-repository
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from standin.world import Repository

JSON_TYPE = "application/json; charset=utf-8"
RAW_TYPE = "application/vnd.github.raw+json"
DOCUMENTATION = "https://docs.github.com/rest/repos/repos#get-a-repository"

CREATED_AT = "2015-01-01T00:00:00Z"
"""Of every repository. GraphQL may say null of the last push, REST says this then."""

_OWNER_URLS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}
_REPOSITORY_URLS = {
    "forks_url": "/forks",
    "keys_url": "/keys{/key_id}",
    "collaborators_url": "/collaborators{/collaborator}",
    "teams_url": "/teams",
    "hooks_url": "/hooks",
    "issue_events_url": "/issues/events{/number}",
    "events_url": "/events",
    "assignees_url": "/assignees{/user}",
    "branches_url": "/branches{/branch}",
    "tags_url": "/tags",
    "blobs_url": "/git/blobs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "trees_url": "/git/trees{/sha}",
    "statuses_url": "/statuses/{sha}",
    "languages_url": "/languages",
    "stargazers_url": "/stargazers",
    "contributors_url": "/contributors",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "commits_url": "/commits{/sha}",
    "git_commits_url": "/git/commits{/sha}",
    "comments_url": "/comments{/number}",
    "issue_comment_url": "/issues/comments{/number}",
    "contents_url": "/contents/{+path}",
    "compare_url": "/compare/{base}...{head}",
    "merges_url": "/merges",
    "archive_url": "/{archive_format}{/ref}",
    "downloads_url": "/downloads",
    "issues_url": "/issues{/number}",
    "pulls_url": "/pulls{/number}",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "labels_url": "/labels{/name}",
    "releases_url": "/releases{/id}",
    "deployments_url": "/deployments",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def json_answer(status: int, value: object, headers: Mapping[str, str] | None = None) -> Answer:
    """`value` as a JSON body."""
    body = json.dumps(value, separators=(",", ":")).encode()
    return Answer(status, body, {"content-type": JSON_TYPE, **(headers or {})})


def refusal(status: int, message: str, **more: Any) -> Answer:
    """GitHub's form of an error."""
    error = {"message": message, **more, "documentation_url": DOCUMENTATION, "status": str(status)}
    return json_answer(status, error)


def not_found() -> Answer:
    """What a repository that is gone, and one that may not be seen, answer."""
    return refusal(404, "Not Found")


def moved(location: str) -> Answer:
    """The redirect of a renamed repository."""
    body = {
        "message": "Moved Permanently",
        "url": location,
        "documentation_url": "https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects",
    }
    return json_answer(301, body, {"location": location})


def primary_limit(authorized: bool, address: str) -> Answer:
    """The hour's requests are used up; the `x-ratelimit-*` headers say until when."""
    if authorized:
        return refusal(403, "API rate limit exceeded for user ID 1.")
    return refusal(
        403,
        f"API rate limit exceeded for {address}. (But here's the good news: Authenticated "
        "requests get a higher rate limit. Check out the documentation for more details.)",
    )


def unseen(repository: Repository | None, authorized: bool) -> Answer | None:
    """Why the asker may not see `repository`; None where it may."""
    if repository is None or (repository.private and not authorized):
        return not_found()
    if repository.block is not None:
        reason = repository.block.reason
        block = {
            "reason": reason,
            "created_at": "2026-01-15T10:00:00Z",
            "html_url": "https://github.com/tos"
            if reason == "tos"
            else "https://github.com/github/dmca/blob/master/2026/01/2026-01-15-example.md",
        }
        status = 403 if reason == "tos" else 451
        return json_answer(status, {"message": "Repository access blocked", "block": block})
    if repository.forbidden is not None and authorized:
        return refusal(403, repository.forbidden.message)
    return None


def repository_answer(repository: Repository, api_url: str, authorized: bool) -> Answer:
    """`GET /repos/{owner}/{repo}` of a repository that may be seen."""
    return json_answer(200, repository_body(repository, api_url, authorized))


def readme_answer(repository: Repository, folder: str, api_url: str, accept: str) -> Answer:
    """`GET /repos/{owner}/{repo}/readme[/{folder}]`, raw or as JSON by `accept`."""
    content = repository.folder_readmes.get(folder) if folder else repository.readme
    if content is None:
        return refusal(404, "Not Found")
    if RAW_TYPE in accept:
        return Answer(200, content, {"content-type": f"{RAW_TYPE}; charset=utf-8"})
    url = f"{api_url}/repos/{repository.full_name}/contents/README.md?ref=main"
    page = f"https://github.com/{repository.full_name}/blob/main/README.md"
    sha = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
    blob = f"{api_url}/repos/{repository.full_name}/git/blobs/{sha}"
    body = {
        "name": "README.md",
        "path": "README.md",
        "sha": sha,
        "size": len(content),
        "url": url,
        "html_url": page,
        "git_url": blob,
        "download_url": f"https://raw.githubusercontent.com/{repository.full_name}/main/README.md",
        "type": "file",
        "content": base64.encodebytes(content).decode(),
        "encoding": "base64",
        "_links": {"self": url, "git": blob, "html": page},
    }
    return json_answer(200, body)


def entity_tag(answer: Answer, authorization: str, accept: str) -> str:
    """ETags differ by token and media type, so that a rotated token voids them."""
    digest = hashlib.sha256(b"\0".join((answer.body, authorization.encode(), accept.encode())))
    return f'W/"{digest.hexdigest()}"'


def repository_body(repository: Repository, api_url: str, authorized: bool) -> dict[str, Any]:
    """The full JSON of a repository."""
    url = f"{api_url}/repos/{repository.full_name}"
    page = f"https://github.com/{repository.full_name}"
    owner_url = f"{api_url}/users/{repository.owner}"
    owner = {
        "login": repository.owner,
        "id": 1,
        "node_id": "MDEyOk9yZ2FuaXphdGlvbjE=",
        "avatar_url": "https://avatars.githubusercontent.com/u/1?v=4",
        "gravatar_id": "",
        "url": owner_url,
        "html_url": f"https://github.com/{repository.owner}",
        **{key: owner_url + path for key, path in _OWNER_URLS.items()},
        "type": "Organization",
        "user_view_type": "public",
        "site_admin": False,
    }
    issues = 3
    body: dict[str, Any] = {
        "id": repository.number,
        "node_id": repository.node_id,
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.private,
        "owner": owner,
        "html_url": page,
        "description": repository.description,
        "fork": repository.fork,
        "url": url,
        **{key: url + path for key, path in _REPOSITORY_URLS.items()},
        "created_at": CREATED_AT,
        "updated_at": repository.pushed_at or CREATED_AT,
        "pushed_at": repository.pushed_at or CREATED_AT,
        "git_url": f"git://github.com/{repository.full_name}.git",
        "ssh_url": f"git@github.com:{repository.full_name}.git",
        "clone_url": f"{page}.git",
        "svn_url": page,
        "homepage": None,
        "size": 1,
        "stargazers_count": repository.stars,
        "watchers_count": repository.stars,
        "language": repository.language,
        **dict.fromkeys(("has_issues", "has_projects", "has_downloads", "has_wiki"), True),
        **dict.fromkeys(("has_pages", "has_discussions"), False),
        "forks_count": repository.forks,
        "mirror_url": None,
        "archived": repository.archived,
        "disabled": repository.disabled,
        "open_issues_count": issues,
        "license": _license(repository, api_url),
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": [],
        "visibility": "private" if repository.private else "public",
        "forks": repository.forks,
        "open_issues": issues,
        "watchers": repository.stars,
        "default_branch": "main",
        "temp_clone_token": None,
        "organization": owner,
        "network_count": repository.forks,
        "subscribers_count": 7,
    }
    if authorized:
        rights = ("admin", "maintain", "push", "triage")
        body["permissions"] = {**dict.fromkeys(rights, False), "pull": True}
    return body


def _license(repository: Repository, api_url: str) -> dict[str, Any] | None:
    if repository.license is None:
        return None
    key = repository.license.lower()
    return {
        "key": key,
        "name": repository.license,
        "spdx_id": repository.license,
        "url": f"{api_url}/licenses/{key}",
        "node_id": "MDc6TGljZW5zZTA=",
    }
