"""The tables of CFDs, worked out one event after the other."""

from typing import Any

import msgspec

from outcry.engine.events import (
    AccountCreated,
    CommandRejected,
    ContractChanged,
    ContractListed,
    PositionChanged,
    PositionClosed,
    PositionOpened,
    ShortfallCharged,
)
from outcry.engine.rejects import RejectReason
from outcry.wire.journal import decode_commands

WORDS = {
    "CreateAccount": "CREATE_ACCOUNT", "OpenPosition": "CREATE_TRADE",
    "ClosePosition": "CLOSE_TRADE", "ChangePosition": "CHANGE_TRADE", "AddMargin": "ADD_MARGIN",
}
NOTED = ("instrument_id", "direction", "leverage", "position_id")


def naive_closes(tables: dict[str, Any], key: tuple[int, int], outcome: Any) -> None:
    """A row for each close of an entry, numbered in their order."""
    closes = [
        event for events in outcome.answers for event in events
        if isinstance(event, PositionClosed)
    ]
    for place, event in enumerate(closes):
        row = msgspec.structs.asdict(event)
        del row["realized"]
        tables["position_closes"][(*key, place)] = {
            **row, "ms": key[0], "seq": key[1], "place": place
        }


def naive_cfd_event(tables: dict[str, Any], ms: int, event: Any) -> None:
    """Change the rows of contracts and positions as an event says."""
    if isinstance(event, ContractListed | ContractChanged):
        listed = event if isinstance(event, ContractListed) else event.contract
        tables["contracts"][listed.instrument_id] = msgspec.structs.asdict(listed)
    elif isinstance(event, PositionOpened):
        row = msgspec.structs.asdict(event)
        tables["positions"][event.position_id] = {
            **row, "remaining_margin": event.margin, "exit_price": 0, "pnl": 0, "shortfall": 0,
            "status": 0, "opened_ms": ms, "updated_ms": ms, "owed": 0,
        }
    elif isinstance(event, PositionChanged):
        row = tables["positions"][event.position_id]
        assert row["status"] == 0
        row.update(
            margin=event.margin_paid, remaining_margin=event.margin, notional=event.notional,
            liquidation_price=event.liquidation_price, stop_loss=event.stop_loss,
            take_profit=event.take_profit, updated_ms=ms,
        )
    elif isinstance(event, PositionClosed):
        row = tables["positions"][event.position_id]
        assert row["status"] == 0
        assert row["remaining_margin"] == event.margin + event.remaining_margin
        row.update(
            remaining_margin=event.remaining_margin, pnl=row["pnl"] + event.pnl,
            shortfall=event.shortfall, updated_ms=ms,
        )
        if event.remaining_margin == 0:
            row.update(notional=0, exit_price=event.close_price, status=int(event.reason), owed=0)
    elif isinstance(event, ShortfallCharged):
        row = tables["positions"][event.position_id]
        assert row["status"] == 0
        assert row["owed"] + event.amount == event.owed
        row.update(
            owed=event.owed, liquidation_price=event.liquidation_price, updated_ms=ms
        )


def naive_cfd_commands(
    tables: dict[str, Any], key: tuple[int, int], packed: bytes, answers: list[list[Any]]
) -> None:
    """A row for each command of a CFD in an entry that could be read."""
    try:
        commands = decode_commands(packed).commands
    except msgspec.DecodeError:
        return
    for place, command in enumerate(commands):
        word = WORDS.get(type(command).__name__)
        if word is None:
            continue
        fields = msgspec.structs.asdict(command)
        [first, *_] = answers[place]
        if isinstance(first, CommandRejected) and first.reason == RejectReason.DUPLICATE:
            continue
        row = {name: fields.get(name) for name in NOTED}
        if isinstance(first, PositionOpened):
            row["position_id"] = first.position_id
        created = isinstance(first, AccountCreated)
        tables["desk_commands"][(*key, place)] = {
            "ms": key[0], "seq": key[1], "place": place, **row, "command": word,
            "request_id": fields.get("request_id") or None,
            "account_id": first.account_id if created else fields.get("account_id", 0),
            "margin": fields["amount"] if word == "ADD_MARGIN" else fields.get("margin"),
            "reject_reason": first.reason if isinstance(first, CommandRejected) else 0,
        }


def naive_closed_rows(tables: dict[str, Any], account_id: int) -> list[dict[str, Any]]:
    """The closes of an account as the API's list has them, newest first."""
    found = []
    for _, close in sorted(tables["position_closes"].items(), reverse=True):
        if close["account_id"] != account_id:
            continue
        row = dict(tables["positions"][close["position_id"]])
        row.update(
            margin=close["margin"], remaining_margin=close["remaining_margin"], notional=0,
            exit_price=close["close_price"], pnl=close["pnl"], shortfall=close["shortfall"],
            status=int(close["reason"]), updated_ms=close["ms"],
        )
        if close["remaining_margin"]:
            row.update(liquidation_price=0, stop_loss=0, take_profit=0)
        found.append(row)
    return found
