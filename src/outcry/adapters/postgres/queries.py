"""Named SQL: each `queries/<file>.sql` holds statements headed by `-- name: word` and a comment.

SQL lives in files of its own so that it can be read, explained and tried as SQL.
"""

import re
from collections.abc import Mapping
from importlib import resources

_HEAD = re.compile(r"^-- name: (?P<name>[a-z][a-z0-9_]*)[ \t]*$", re.MULTILINE)


class QueryFileBroken(Exception):
    """A query file has text before its first name, a name twice, or a name without a statement."""


def load_queries(file: str) -> Mapping[str, str]:
    """Read `queries/<file>.sql`: name → statement, comments kept (PostgreSQL ignores them)."""
    source = resources.files("outcry.adapters.postgres") / "queries" / f"{file}.sql"
    return parse_queries(source.read_text(encoding="utf-8"))


def parse_queries(text: str) -> dict[str, str]:
    """Split a query file's text at its names; raises `QueryFileBroken`."""
    heads = list(_HEAD.finditer(text))
    preamble = text[: heads[0].start()] if heads else text
    if _is_statement(preamble):
        raise QueryFileBroken("a statement stands before the first `-- name:`")
    queries: dict[str, str] = {}
    ends = [head.start() for head in heads[1:]] + [len(text)]
    for head, end in zip(heads, ends, strict=True):
        name = head["name"]
        statement = text[head.end() : end].strip().removesuffix(";")
        if name in queries:
            raise QueryFileBroken(f"`{name}` is named twice")
        if not _is_statement(statement):
            raise QueryFileBroken(f"`{name}` has no statement")
        queries[name] = statement
    return queries


def _is_statement(text: str) -> bool:
    """Whether anything is left once comments and blank lines are taken out."""
    lines = (line.strip() for line in text.splitlines())
    return any(line and not line.startswith("--") for line in lines)
