"""Find the repository that a name leads to: names are aliases, with the days they were seen."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from crawler.model.values import RepositoryName
from crawler.store.bulk import insert_many
from crawler.store.damage import reading
from crawler.store.series import move_series


class Names:
    """Some names and the repositories that they lead to: loaded together, changed in memory, and
    written together."""

    @reading()
    def __init__(
        self,
        connection: sqlite3.Connection,
        keys: Iterable[str],
        numbers: Iterable[tuple[str, int]] = (),
    ) -> None:
        """`keys` are all names that will be used, and `numbers` (with their hosts) all numbers."""
        self._connection = connection
        self._by_key: dict[str, int] = {}
        self._by_number: dict[tuple[str, int], int] = {}
        self._numbers: dict[int, int | None] = {}
        self._full_names: dict[int, str] = {}
        self._seen: dict[str, int | None] = {}
        for key, seen, *found in connection.execute(
            "SELECT alias.key, last_seen, repository.id, host, number, full_name "
            "FROM json_each(?) AS wanted CROSS JOIN alias ON alias.key = wanted.value "
            "CROSS JOIN repository ON repository.id = alias.repository",
            (json.dumps([*dict.fromkeys(keys)]),),
        ):
            self._by_key[key] = self._know(*found)
            self._seen[key] = seen
        for found in connection.execute(
            "SELECT repository.id, host, number, full_name FROM json_each(?) AS wanted "
            "CROSS JOIN repository ON host = json_extract(wanted.value, '$[0]') "
            "AND number = json_extract(wanted.value, '$[1]')",
            (json.dumps([*dict.fromkeys(numbers)]),),
        ):
            self._know(*found)
        (self._last,) = connection.execute("SELECT coalesce(max(id), 0) FROM repository").fetchone()
        self._new: dict[int, tuple[str, int | None, str]] = {}
        self._numbered: dict[int, int] = {}
        self._renamed: dict[int, str] = {}
        self._leads: dict[str, tuple[int, int | None]] = {}
        self._joined: dict[int, int] = {}

    def _know(self, repository: int, host: str, number: int | None, full_name: str) -> int:
        self._numbers[repository] = number
        self._full_names[repository] = full_name
        if number is not None:
            self._by_number[host, number] = repository
        return repository

    def find(
        self, name: RepositoryName, number: int | None, keys: Iterable[str], day: int | None
    ) -> int:
        """The repository of that number, which all of `keys` lead to from now on; without a number
        the repository that one of `keys` leads to. A new one if there is none.

        Figures under those names without a number are joined to it. A repository with another
        number keeps its past, but loses the name. `day` is when the names were seen.
        """
        keys = [*dict.fromkeys(keys)]
        if number is None:
            found = next((self._by_key[key] for key in keys if key in self._by_key), None)
            repository = self._add(name, None) if found is None else found
            for key in keys:
                if self._by_key.setdefault(key, repository) == repository:
                    self._lead(key, repository, day)
            return repository
        known = self._by_number.get((name.host, number))
        for key in keys:
            holder = self._by_key.get(key)
            if holder is None or holder == known or self._numbers[holder] is not None:
                continue
            if known is None:
                known = self._numbered_as(holder, name.host, number)
            else:
                self._join(holder, known)
        repository = self._add(name, number) if known is None else known
        for key in keys:
            if self._by_key.get(key) != repository:
                self._seen.pop(key, None)
            self._by_key[key] = repository
            self._lead(key, repository, day)
        if self._full_names[repository] != name.full_name:
            self._full_names[repository] = self._renamed[repository] = name.full_name
        return repository

    def find_imported(self, name: RepositoryName, number: int) -> int:
        """The repository with that number, according to a file; a new one if there is none.

        A file takes no name from a repository with another number: crawls know who has it now.
        """
        known = self._by_number.get((name.host, number))
        holder = self._by_key.get(name.key)
        if known is None and holder is not None and self._numbers[holder] is None:
            known = self._numbered_as(holder, name.host, number)
        if known is None:
            known = self._add(name, number)
        if holder is None:
            self._by_key[name.key] = known
            self._lead(name.key, known, None)
        elif holder != known and self._numbers[holder] is None:
            self._join(holder, known)
        return known

    def current(self, repository: int) -> int:
        """The repository that one found earlier has been joined to since."""
        while repository in self._joined:
            repository = self._joined[repository]
        return repository

    def _add(self, name: RepositoryName, number: int | None) -> int:
        self._last += 1
        self._new[self._last] = name.host, number, name.full_name
        return self._know(self._last, *self._new[self._last])

    def _numbered_as(self, repository: int, host: str, number: int) -> int:
        self._numbered[repository] = number
        return self._know(repository, host, number, self._full_names[repository])

    def _lead(self, key: str, repository: int, day: int | None) -> None:
        if key not in self._seen or (day is not None and (self._seen[key] or 0) < day):
            self._leads[key] = repository, day
            self._seen[key] = day

    def _join(self, lost: int, kept: int) -> None:
        """Merge two repositories."""
        self.write()
        move_series(self._connection, lost, kept)
        for table in ("facts", "reading"):
            # For values that both have, those of the repository that is kept remain.
            self._connection.execute(
                f"UPDATE OR IGNORE {table} SET repository = ? WHERE repository = ?", (kept, lost)
            )
            self._connection.execute(f"DELETE FROM {table} WHERE repository = ?", (lost,))
        # Keep one whole star history: those of two would overlap.
        self._connection.execute(
            "UPDATE retained SET repository = ?1 WHERE repository = ?2 "
            "AND NOT EXISTS (SELECT 1 FROM retained WHERE repository = ?1)",
            (kept, lost),
        )
        self._connection.execute("DELETE FROM retained WHERE repository = ?", (lost,))
        self._connection.execute(
            "UPDATE alias SET repository = ? WHERE repository = ?", (kept, lost)
        )
        self._connection.execute("DELETE FROM repository WHERE id = ?", (lost,))
        self._joined[lost] = kept
        self._by_key = {
            key: kept if repository == lost else repository
            for key, repository in self._by_key.items()
        }

    def write(self) -> None:
        """Write the changes."""
        insert_many(
            self._connection,
            "INSERT INTO repository (id, host, number, full_name)",
            [(repository, *columns) for repository, columns in self._new.items()],
        )
        self._connection.executemany(
            "UPDATE repository SET number = ? WHERE id = ?",
            [(number, repository) for repository, number in self._numbered.items()],
        )
        self._connection.executemany(
            "UPDATE repository SET full_name = ? WHERE id = ?",
            [(full_name, repository) for repository, full_name in self._renamed.items()],
        )
        # A name that led elsewhere before is seen here for the first time.
        self._connection.executemany(
            "INSERT INTO alias (key, repository, first_seen, last_seen) VALUES (?1, ?2, ?3, ?3) "
            "ON CONFLICT DO UPDATE SET repository = ?2, "
            "first_seen = iif(repository = ?2, min(coalesce(first_seen, ?3), ?3), ?3), "
            "last_seen = iif(repository = ?2, max(coalesce(last_seen, ?3), ?3), ?3), "
            "former = iif(repository = ?2, former, coalesce(former, "
            "(SELECT number FROM repository WHERE id = alias.repository)))",
            [(key, *lead) for key, lead in self._leads.items()],
        )
        for pending in (self._new, self._numbered, self._renamed, self._leads):
            pending.clear()
