"""Makes a file of golden journals: entries from a seed, with the outcomes of today's engine.

    cd tests && ../.venv/bin/python -m golden.make_journal NAME.zst --seed 1

A committed file never changes. This program refuses to overwrite a file, because a change must be
deliberate: a byte that differs is a new version of the rules, and the old version still has to give
the old bytes. `--overwrite` is for a file that is not committed yet. Each new version of the rules,
and any new vocabulary, gets a file of its own beside the others. Every `*.zst` here is replayed.

The same seed gives the same file as long as the generators of the tests stay as they are. No entry
has a command number or a field that does not exist yet: a later vocabulary may give it a meaning.
"""

import argparse
from collections.abc import Callable
from random import Random
from typing import Any

import msgspec

from golden.edge_entries import write_edge_entries
from golden.gate_entries import write_gate_entries
from golden.rare_entries import write_rare_entries
from golden.recording import Recording, is_decodable_or_malformed_for_ever
from golden.replay import FOLDER, packed
from golden.risk_entries import write_risk_entries
from outcry.engine.commands import (
    CancelOrders,
    Command,
    CreateAccount,
    Deposit,
    Heartbeat,
    ListAsset,
    ListInstrument,
    OpenVenue,
    SetQuote,
    Withdraw,
)
from outcry.engine.units import ALL_ORDERS, WAITING_ORDERS
from outcry.wire.journal import encode_commands
from property.test_cfd_twin import CfdDuel
from twin.cfd_traffic import CfdTraffic, contracts
from twin.duel import Duel
from twin.random_orders import OpenOrder, RandomOrders
from twin.traffic import ABSURD

SPOT_COMMANDS = 2_000
DESK_COMMANDS = 1_800
MIXED_ENTRIES = 600
ACCOUNTS = (100, 101, 102, 103)


def spot(seed: int) -> Recording:
    """Random spot orders, which the naive twin answers alike."""
    duel = Duel(Random(seed))
    duel.run(SPOT_COMMANDS, commands_max=4)
    r = Recording()
    for entry, outcome in zip(duel.entries, duel.outcomes, strict=True):
        if is_decodable_or_malformed_for_ever(entry.commands):
            r.now_ms = entry.ms
            r.write_raw(
                entry.commands, writer=entry.writer, number=entry.number,
                quarantined=tuple(entry.quarantined),
            )
            assert outcome == r.entries[-1].outcome
    return r


def desk(seed: int) -> Recording:
    """Random positions and prices, which the naive twin answers alike."""
    duel = CfdDuel(seed)
    duel.run(DESK_COMMANDS)
    r = Recording()
    for number, (entry_ms, commands, outcome) in enumerate(duel.entries, start=1):
        r.now_ms = entry_ms
        r.write_raw(commands, writer=1, number=number)
        assert outcome == r.entries[-1].outcome
    return r


class Mixed:
    """Spot and CFDs on the same accounts, several commands an entry, some of them absurd."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.recording = Recording()
        self.orders = RandomOrders(self.random, self.open_orders)
        self.desk = CfdTraffic(self.random, self.recording)
        self.key = 0

    def run(self) -> Recording:
        self._open()
        for _ in range(MIXED_ENTRIES):
            self._write()
        return self.recording

    def _open(self) -> None:
        listings = [
            ListInstrument(
                symbol=symbol, base_asset_id=base, quote_asset_id=1, price_decimals=0, tick_size=1,
                quantity_decimals=0, lot_size=1, price_min=5, price_max=30, quantity_min=1,
                quantity_max=50, maker_fee_rate=maker, taker_fee_rate=50_777, mark_decimals=0,
            )
            for symbol, base, maker in (("SOL_USDC", 2, 20_333), ("BTC_USDC", 3, -20_333))
        ]
        self.recording.write(
            OpenVenue(venue_id="mixed"), ListAsset(symbol="USDC", name="USD Coin", decimals=2),
            ListAsset(symbol="SOL", name="Solana", decimals=3),
            ListAsset(symbol="BTC", name="Bitcoin", decimals=0), *listings, *contracts(),
            *(CreateAccount(user_key=number) for number in ACCOUNTS),
        )
        self.recording.write(*(
            Deposit(account_id=who, asset_id=asset, amount=10**10, key=self._key())
            for who in ACCOUNTS for asset in (1, 2, 3)
        ))

    def _write(self) -> None:
        random = self.random
        after_ms = random.choice((0, 0, 1, 40, 250, 4_000))
        self.recording.now_ms += after_ms
        count = random.choice((1, 1, 2, 3, 7))
        commands = [self._absurd_at_times(self._command()) for _ in range(count)]
        chance = random.random()
        self.recording.number += 1
        number = self.recording.number - (random.randint(1, 3) if chance < 0.02 else 0)
        deadline_ms = self.recording.now_ms + random.choice((-1, 0, 5)) if chance > 0.97 else 0
        quarantined = (random.randrange(count),) if 0.02 < chance < 0.04 else ()
        whole = encode_commands(commands, deadline_ms=deadline_ms)
        if 0.04 < chance < 0.06:
            whole = whole[:random.randrange(len(whole))]
        if is_decodable_or_malformed_for_ever(whole):
            self.recording.write_raw(whole, writer=7, number=number, quarantined=quarantined)

    def _command(self) -> Command:
        random = self.random
        who, at = random.choice(ACCOUNTS), random.choice((1, 2))
        kind = random.choices(
            ("desk", "order", "cancel", "replace", "all", "quote", "money", "beat"),
            (45, 30, 6, 6, 2, 5, 4, 2),
        )[0]
        if kind == "desk":
            return self.desk.command(who)
        if kind == "order":
            return self.orders.order(who, at)
        if kind == "cancel":
            return self.orders.cancel(who, at)
        if kind == "replace":
            return self.orders.replace(who, at)
        if kind == "all":
            kind_of_orders = random.randint(ALL_ORDERS, WAITING_ORDERS)
            return CancelOrders(account_id=who, instrument_id=at, kind=kind_of_orders)
        if kind == "quote":
            bid = random.randint(8, 26)
            return SetQuote(
                instrument_id=at, bid=bid, ask=bid + random.randint(0, 3),
                source_ms=self.recording.now_ms,
            )
        if kind == "money":
            transfer = random.choice((Deposit, Withdraw))
            return transfer(
                account_id=who, asset_id=random.randint(1, 3), amount=random.randint(1, 10**8),
                key=self._key(),
            )
        return Heartbeat()

    def _absurd_at_times(self, command: Command) -> Command:
        fields = [
            name for name in command.__struct_fields__ if type(getattr(command, name)) is int
        ]
        if not fields or self.random.random() > 0.04:
            return command
        absurd: dict[str, Any] = {self.random.choice(fields): self.random.choice(ABSURD)}
        return msgspec.structs.replace(command, **absurd)

    def _key(self) -> int:
        self.key += 1
        return self.key

    def open_orders(self) -> list[OpenOrder]:
        return [
            OpenOrder(order.order_id, account.account_id, instrument_id)
            for account in self.recording.engine.state.accounts.values()
            for instrument_id, seat in account.seats.items()
            for order in seat.orders.values()
        ]


def written(write: Callable[[Recording], None]) -> Recording:
    """Entries that were written by hand."""
    recording = Recording()
    write(recording)
    return recording


def main() -> None:
    parser = argparse.ArgumentParser(description="Make a file of golden journals.")
    parser.add_argument("name", help="of the new file in this folder, such as journal.zst")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--overwrite", action="store_true", help="replace an uncommitted file")
    given = parser.parse_args()
    file = FOLDER / given.name
    if file.suffix != ".zst":
        parser.error("the name must end in .zst, or nothing will replay the file")
    if file.exists() and not given.overwrite:
        parser.error(
            f"{file.name} exists: a byte that differs is a new version of the rules"
            " and belongs in a file of its own"
        )
    recordings = {
        "rare": written(write_rare_entries), "edges": written(write_edge_entries),
        "gates": written(write_gate_entries), "risk": written(write_risk_entries),
        "spot": spot(given.seed), "desk": desk(given.seed), "mixed": Mixed(given.seed).run(),
    }
    journals = [recording.journal(name) for name, recording in recordings.items()]
    content = packed(journals)
    file.write_bytes(content)
    for name, recording in recordings.items():
        print(f"{name}: {len(recording.entries):,} entries, {recording.commands:,} commands")
    print(f"{file.name}: {len(content):,} bytes")


if __name__ == "__main__":
    main()
