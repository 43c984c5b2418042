"""The domain's words for tests: a trading floor on the real engine, bytes in and bytes out.

`Floor` writes commands as journal entries and reads the encoded outcomes, like the venue does.
After every entry it checks the engine's invariants, that every command was answered, and that the
fold of all outcomes so far is the engine's state.

People are called by name and get their account when they are first mentioned. Unless told
otherwise a floor trades SOL_USDC with a tick of 1 USDC, a lot of 1 SOL, outside prices in USDC, and
no fees, so that every number in a test is what it looks like.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.outcomes import Answer, Fold, numbers_in
from outcry.engine import invariants
from outcry.engine.commands import (
    CancelOrder,
    CancelOrders,
    ChangeInstrument,
    Command,
    Conditions,
    CreateAccount,
    Deposit,
    Exit,
    Heartbeat,
    ListAsset,
    ListInstrument,
    PlaceOrder,
    ReplaceOrder,
    SetQuote,
    SetQuoteRules,
    Trigger,
    Withdraw,
)
from outcry.engine.engine import Engine
from outcry.engine.events import (
    AccountCreated,
    AssetListed,
    Event,
    InstrumentChanged,
    InstrumentListed,
    Outcome,
)
from outcry.engine.snapshot import dump, image_of, load
from outcry.engine.state import State
from outcry.engine.units import (
    ALL_ORDERS,
    BUY,
    FEES,
    GTC,
    IOC,
    LAST_PRICE,
    LIMIT,
    MARK_PRICE,
    MARKET,
    REJECT_TAKER,
    SELL,
)
from outcry.wire.journal import decode_outcome, encode_commands

START_MS = 1_790_000_000_000
ROUND_TRIP_ORDERS_MAX = 50  # Larger states are not put through a snapshot after every entry.


class Floor:
    """A venue with one writer. Time passes only when it is told to."""

    WRITER = 7

    def __init__(
        self, *, usdc_decimals: int = 0, sol_decimals: int = 0, empty: bool = False, **rules: Any
    ) -> None:
        self.engine = Engine(State())
        self.now_ms = START_MS
        self.number = 0
        self.fold = Fold()
        self.assets: dict[str, AssetListed] = {}
        self.instruments: dict[str, InstrumentListed] = {}
        self.people: dict[str, int] = {}
        self.outcome: Outcome | None = None
        self._keys = 0
        if not empty:
            self.do(ListAsset(symbol="USDC", name="USD Coin", decimals=usdc_decimals))
            self.do(ListAsset(symbol="SOL", name="Solana", decimals=sol_decimals))
            answer = self.list_instrument(**rules)
            assert answer.rejected is None, answer

    # Writing.

    def do(self, command: Command, **entry: Any) -> Answer:
        """Write one command as an entry of its own."""
        [answer] = self.entry([command], **entry)
        return answer

    def entry(
        self, commands: Sequence[Command], *, writer: int = WRITER, number: int | None = None,
        deadline_ms: int = 0, quarantined: Sequence[int] = (),
    ) -> list[Answer]:
        """Write one entry of these commands; one answer for each."""
        packed = encode_commands(list(commands), deadline_ms=deadline_ms)
        answers = self.raw(packed, writer=writer, number=number, quarantined=quarantined)
        assert len(commands) == len(answers)
        return answers

    def raw(
        self, packed: bytes, *, writer: int = WRITER, number: int | None = None,
        quarantined: Sequence[int] = (),
    ) -> list[Answer]:
        """Write one entry of any bytes."""
        if number is None:
            self.number += 1
            number = self.number
        encoded = self.engine.apply(
            entry_ms=self.now_ms, writer=writer, number=number, commands=packed,
            quarantined=list(quarantined),
        )
        self.outcome = decode_outcome(encoded)
        self._check(self.outcome)
        for events in self.outcome.answers:
            self._remember(events[0])
        return [Answer(events) for events in self.outcome.answers]

    def pass_time(self, *, ms: int = 0, s: int = 0) -> None:
        """Let later entries come later; nothing is written."""
        self.now_ms += ms + 1000 * s

    def beat(self) -> Answer:
        return self.do(Heartbeat())

    def restart(self) -> None:
        """Go on with an engine restored from a snapshot of this one."""
        self.engine = Engine(load(dump(self.engine.state)))

    def list_instrument(self, **rules: Any) -> Answer:
        """List another instrument, like SOL_USDC except for the rules given."""
        return self.do(instrument(**{"mark_decimals": 0, **rules}))

    def change(self, on: str = "SOL_USDC", **rules: int) -> Answer:
        """Give an instrument other rules, or another state."""
        return self.do(ChangeInstrument(instrument_id=self.instruments[on].instrument_id, **rules))

    def quote(self, bid: int, ask: int | None = None, *, on: str = "SOL_USDC") -> Answer:
        """Let the outside quote this; the mark is halfway between."""
        return self.do(
            SetQuote(
                instrument_id=self.instruments[on].instrument_id, bid=bid,
                ask=bid if ask is None else ask, source_ms=self.now_ms,
            )
        )

    def quote_rules(self, on: str = "SOL_USDC", **rates: int) -> Answer:
        """Set the bounds outside which a quote is doubted."""
        return self.do(SetQuoteRules(instrument_id=self.instruments[on].instrument_id, **rates))

    # People and their money.

    def account(self, who: str) -> int:
        """The account of somebody, opened when there is none yet."""
        if who not in self.people:
            [event] = self.do(CreateAccount(user_key=1_000 + len(self.people))).events
            assert isinstance(event, AccountCreated)
            self.people[who] = event.account_id
        return self.people[who]

    def deposit(self, who: str, *, key: int | None = None, **amounts: int) -> Answer:
        """`deposit("alice", usdc=1000)`, in the asset's smallest unit."""
        answers = [
            self.do(
                Deposit(
                    account_id=self.account(who), asset_id=self.assets[asset.upper()].asset_id,
                    amount=amount, key=self._key(key),
                )
            )
            for asset, amount in amounts.items()
        ]
        return answers[-1]

    def withdraw(self, who: str, *, key: int | None = None, **amounts: int) -> Answer:
        [(asset, amount)] = amounts.items()
        return self.do(
            Withdraw(
                account_id=self.account(who), asset_id=self.assets[asset.upper()].asset_id,
                amount=amount, key=self._key(key),
            )
        )

    def rich(self, *names: str) -> None:
        """Give everybody more than they will need of everything."""
        for who in names:
            self.deposit(who, **{symbol.lower(): 10**15 for symbol in self.assets})

    # Orders.

    def buy(self, who: str, quantity: int, *, at: int, **more: Any) -> Answer:
        return self.do(self.limit(who, BUY, quantity, at=at, **more))

    def sell(self, who: str, quantity: int, *, at: int, **more: Any) -> Answer:
        return self.do(self.limit(who, SELL, quantity, at=at, **more))

    def buy_market(self, who: str, quantity: int = 0, *, spend: int = 0, **more: Any) -> Answer:
        return self.do(self.market(who, BUY, quantity, amount=spend, **more))

    def sell_market(self, who: str, quantity: int = 0, *, receive: int = 0, **more: Any) -> Answer:
        return self.do(self.market(who, SELL, quantity, amount=receive, **more))

    def limit(
        self, who: str, side: int, quantity: int, *, at: int, tif: int = GTC,
        post_only: bool = False, client_id: int | None = None, self_trade: int = REJECT_TAKER,
        on: str = "SOL_USDC", when: Trigger | int | None = None,
        profit: Exit | int | None = None, loss: Exit | int | None = None,
    ) -> PlaceOrder:
        """A limit order, not yet written. A plain number as trigger or exit follows the last price.
        """
        return PlaceOrder(
            account_id=self.account(who), instrument_id=self.instruments[on].instrument_id,
            side=side, order_type=LIMIT, price=at, quantity=quantity, time_in_force=tif,
            post_only=post_only, client_id=client_id, self_trade=self_trade,
            conditions=_conditions(when, profit, loss),
        )

    def market(
        self, who: str, side: int, quantity: int = 0, *, amount: int = 0, tif: int = IOC,
        client_id: int | None = None, self_trade: int = REJECT_TAKER, on: str = "SOL_USDC",
        when: Trigger | int | None = None, profit: Exit | int | None = None,
        loss: Exit | int | None = None,
    ) -> PlaceOrder:
        """A market order by quantity or by quote amount, not yet written."""
        return PlaceOrder(
            account_id=self.account(who), instrument_id=self.instruments[on].instrument_id,
            side=side, order_type=MARKET, quantity=quantity, quote_amount=amount,
            time_in_force=tif, client_id=client_id, self_trade=self_trade,
            conditions=_conditions(when, profit, loss),
        )

    def replace(
        self, who: str, order_id: int = 0, *, at: int = 0, quantity: int = 0,
        client_id: int | None = None, on: str = "SOL_USDC",
    ) -> Answer:
        """Give an order another price or quantity; what is not given stays."""
        return self.do(
            ReplaceOrder(
                account_id=self.account(who), instrument_id=self.instruments[on].instrument_id,
                order_id=order_id, client_id=client_id, price=at, quantity=quantity,
            )
        )

    def trade(self, *prices: int) -> None:
        """Let two strangers trade one lot at each of these prices."""
        for price in prices:
            self.rich("seller", "buyer")
            self.sell("seller", 1, at=price)
            assert f"1 @ {price}" == self.buy("buyer", 1, at=price).fills

    def cancel(
        self, who: str, order_id: int = 0, *, client_id: int | None = None, on: str = "SOL_USDC"
    ) -> Answer:
        return self.do(
            CancelOrder(
                account_id=self.account(who), instrument_id=self.instruments[on].instrument_id,
                order_id=order_id, client_id=client_id,
            )
        )

    def cancel_all(
        self, who: str, *, kind: int = ALL_ORDERS, on: str = "SOL_USDC"
    ) -> Answer:
        return self.do(
            CancelOrders(
                account_id=self.account(who), kind=kind,
                instrument_id=self.instruments[on].instrument_id,
            )
        )

    # Looking.

    def book(self, symbol: str = "SOL_USDC") -> str:
        """`3 @ 102, 2 @ 101 | 4 @ 99`: asks and bids from the highest price to the lowest."""
        instrument_id = self.instruments[symbol].instrument_id
        sides: list[str] = []
        for side in (SELL, BUY):
            levels = self.fold.levels.get((instrument_id, side), {})
            ladder = sorted(levels.items(), reverse=True)
            sides.append(", ".join(f"{quantity} @ {price}" for price, quantity in ladder))
        return f"{sides[0]} | {sides[1]}".strip()

    def waiting(self, who: str) -> list[int]:
        """Ids of somebody's orders that wait for their triggers, oldest first."""
        account_id = self.account(who)
        return [
            order_id for order_id in sorted(self.fold.waiting)
            if self.fold.terms[order_id].account_id == account_id
        ]

    def terms(self, order_id: int) -> PlaceOrder:
        """The terms of an order that rests or waits."""
        return self.fold.terms[order_id]

    def balance(self, who: str, asset: str) -> int:
        """What is free, in the asset's smallest unit."""
        return self._held(self.account(who), asset)[0]

    def locked(self, who: str, asset: str) -> int:
        return self._held(self.account(who), asset)[1]

    def fees_collected(self, asset: str) -> int:
        return self._held(FEES, asset)[0]

    def _held(self, account_id: int, asset: str) -> tuple[int, int]:
        return self.fold.balances.get((account_id, self.assets[asset].asset_id), (0, 0))

    def _key(self, key: int | None) -> int:
        if key is None:
            self._keys += 1
            key = self._keys
        return key

    def _check(self, outcome: Outcome) -> None:
        state = self.engine.state
        invariants.check(state)
        image = image_of(state)
        self.fold.fold(outcome)
        self.fold.agrees_with(image)
        if len(self.fold.terms) <= ROUND_TRIP_ORDERS_MAX:
            restored = load(dump(state))
            invariants.check(restored)
            assert dump(state) == dump(restored), "a snapshot loses something"
        for number in numbers_in(outcome):
            assert -(2**63) <= number < 2**63, "what leaves the engine fits 64 bits"

    def _remember(self, event: Event) -> None:
        if isinstance(event, AssetListed):
            self.assets[event.symbol] = event
        elif isinstance(event, InstrumentListed):
            self.instruments[event.symbol] = event
        elif isinstance(event, InstrumentChanged):
            self.instruments[event.instrument.symbol] = event.instrument


def marked(price: int, **more: int) -> Trigger:
    """A trigger by mark price."""
    return Trigger(price=price, follows=MARK_PRICE, **more)


def leaving(trigger: int, *, limit: int = 0, by: int = LAST_PRICE) -> Exit:
    """A take profit or stop loss that is not just a market order by last price."""
    return Exit(trigger_price=trigger, limit_price=limit, follows=by)


def _conditions(
    when: Trigger | int | None, profit: Exit | int | None, loss: Exit | int | None
) -> Conditions | None:
    if when is None and profit is None and loss is None:
        return None
    return Conditions(
        trigger=Trigger(price=when) if isinstance(when, int) else when,
        take_profit=leaving(profit) if isinstance(profit, int) else profit,
        stop_loss=leaving(loss) if isinstance(loss, int) else loss,
    )


def instrument(**rules: Any) -> ListInstrument:
    """SOL_USDC as a floor trades it, except for the rules given."""
    given: Mapping[str, Any] = {
        "symbol": "SOL_USDC", "base_asset_id": 2, "quote_asset_id": 1, "price_decimals": 0,
        "tick_size": 1, "quantity_decimals": 0, "lot_size": 1, "price_min": 1,
        "price_max": 1_000_000, "quantity_min": 1, "quantity_max": 1_000_000,
        "maker_fee_rate": 0, "taker_fee_rate": 0, **rules,
    }
    return ListInstrument(**given)
