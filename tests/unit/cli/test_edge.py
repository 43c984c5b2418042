"""Rows as the tool prints them."""

import pytest

from outcry.cli.edge import print_rows

ROWS = [
    {"symbol": "SOL_USDC", "state": "open", "tick_size": "0.01", "lot_size": "1"},
    {"symbol": "LONGER_THAN_ITS_COLUMN", "state": "post-only", "tick_size": "2", "lot_size": "3"},
]


def test_a_row_has_its_columns_and_then_the_rest_by_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_rows(ROWS, {"symbol": 10, "state": 6})
    assert [
        "SOL_USDC   open   tick size 0.01, lot size 1",
        "LONGER_THAN_ITS_COLUMN post-only tick size 2, lot size 3",
    ] == capsys.readouterr().out.splitlines()


def test_programs_get_all_of_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(ROWS[:1], {"symbol": 10}, as_json=True)
    said = "".join(capsys.readouterr().out.split())
    assert '[{"symbol":"SOL_USDC","state":"open","tick_size":"0.01","lot_size":"1"}]' == said
