"""Warnings about markets and contracts that trade without protection."""

from collections.abc import Mapping, Sequence

from outcry.projections.protection import BOOKS, QUOTES


def warnings(unprotected: Mapping[str, Sequence[str]]) -> list[str]:
    """One line for each kind of protection that is missing; no line if all is protected."""
    lines = []
    books, quotes = unprotected.get(BOOKS, ()), unprotected.get(QUOTES, ())
    if books:
        lines.append(
            f"one order can make other people's stops trade at any price in {', '.join(books)}:"
            " set --price-band or --impact"
        )
    if quotes:
        lines.append(f"every quote is taken for the price of {', '.join(quotes)}: set --band")
    return lines
