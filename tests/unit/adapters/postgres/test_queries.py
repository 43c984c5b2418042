"""Named SQL is found by its name, and a broken file is noticed when it is loaded."""

import pytest

from outcry.adapters.postgres.queries import QueryFileBroken, load_queries, parse_queries


def test_statements_are_found_by_name() -> None:
    """Each keeps its comments and loses its closing semicolon."""
    text = """-- What this file is.

-- name: first
-- Why it is.
SELECT 1;

-- name: second
SELECT 2
"""
    assert {
        "first": "-- Why it is.\nSELECT 1", "second": "SELECT 2"
    } == parse_queries(text)


@pytest.mark.parametrize(("text", "why"), [
    ("SELECT 1;\n-- name: late\nSELECT 2;", "before the first"),
    ("-- name: twice\nSELECT 1;\n-- name: twice\nSELECT 2;", "named twice"),
    ("-- name: empty\n-- only a comment\n", "no statement"),
])
def test_a_broken_file_is_refused(text: str, why: str) -> None:
    """Text nobody could ask for, a name twice, and a name for nothing."""
    with pytest.raises(QueryFileBroken, match=why):
        parse_queries(text)


@pytest.mark.parametrize("file", ["recorder", "history", "market_data", "users"])
def test_every_query_file_can_be_loaded(file: str) -> None:
    """The files of the package are whole."""
    assert load_queries(file)
