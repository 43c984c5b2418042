"""A naive twin of the engine: slow, obvious, and written from the rules rather than from the code.

It keeps lists and walks them from end to end. What an account has locked is never kept: it is
counted from the orders that are open. Fees are fractions until they are rounded. It answers with
the same events as the engine, so that the two can be compared field by field.
"""

from fractions import Fraction
from math import ceil

from naive_book import (
    Matches,
    NaiveOrder,
    accepted,
    canceled,
    makers_for,
    matches,
    out_of_reach,
    refusal,
    refuse_contradictions,
)
from naive_listing import TOO_MUCH, NaiveListing, Refused, refuse_unless
from outcry.engine.commands import (
    CancelOrder,
    CancelOrders,
    Command,
    CreateAccount,
    Deposit,
    Heartbeat,
    ListAsset,
    ListInstrument,
    OpenVenue,
    PlaceOrder,
    SetQuote,
    Withdraw,
)
from outcry.engine.events import (
    AccountCreated,
    ClockTicked,
    Deposited,
    Event,
    InstrumentListed,
    OrdersCanceled,
    Traded,
    Withdrawn,
)
from outcry.engine.rejects import CancelReason, RejectReason
from outcry.engine.units import (
    BUY,
    EXTERNAL,
    FEES,
    FOK,
    GTC,
    HOUSE,
    LIMIT,
    MARKET,
    SELL,
)

TEN_MINUTES_MS = 10 * 60 * 1000
HOUR_MS = 60 * 60 * 1000


class NaiveVenue(NaiveListing):
    """The whole venue in lists."""

    def __init__(self) -> None:
        super().__init__()
        self.users: list[int] = []  # User keys, in the order of their accounts.
        self.totals: dict[tuple[int, int], int] = {}  # (account, asset) → free and locked together.
        self.open: list[NaiveOrder] = []  # Oldest first.
        self.orders = 0
        # Account → (client id, order id, when it ended), the last thousand.
        self.ended: dict[int, list[tuple[int, int, int]]] = {}
        self.last_price: dict[int, int] = {}
        self.trades: dict[int, int] = {}
        self.keys: set[int] = set()
        self.sessions: dict[int, tuple[int, int]] = {}  # Writer → (number, when last seen).

    # Entries.

    def apply(
        self, *, entry_ms: int, writer: int, number: int, commands: list[Command],
        deadline_ms: int, quarantined: list[int],
    ) -> list[list[Event]]:
        """Answer an entry that could be decoded."""
        self.now_ms = entry_ms
        known = self.sessions.get(writer, (0, 0))[0]
        self.sessions[writer] = (max(number, known), entry_ms)
        if number <= known:
            return [refusal(RejectReason.DUPLICATE) for _ in commands]
        if deadline_ms > 0 and entry_ms > deadline_ms:
            return [refusal(RejectReason.TOO_LATE) for _ in commands]
        return [
            refusal(RejectReason.ENGINE_ERROR) if index in quarantined else self._answer(command)
            for index, command in enumerate(commands)
        ]

    def _answer(self, command: Command) -> list[Event]:
        try:
            return self._carry_out(command)
        except Refused as refused:
            account_id = 0
            if isinstance(
                command, PlaceOrder | CancelOrder | CancelOrders | Deposit | Withdraw
            ):
                account_id = command.account_id
            return refusal(refused.reason, account_id, refused.order_id)

    def _carry_out(self, command: Command) -> list[Event]:
        match command:
            case PlaceOrder():
                return self._place(command)
            case CancelOrder():
                return [self._cancel_one(command)]
            case CancelOrders():
                return self._cancel_all(command)
            case Deposit() | Withdraw():
                return [self._transfer(command)]
            case CreateAccount():
                return [self._create_account(command.user_key)]
            case ListAsset():
                return [self.list_asset(command)]
            case ListInstrument():
                return [self.list_instrument(command)]
            case SetQuote():
                return [self.set_quote(command)]
            case OpenVenue():
                return [self.open_venue(command.venue_id)]
            case Heartbeat():
                return self._tick()

    def _tick(self) -> list[Event]:
        self.sessions = {
            writer: (number, seen_ms)
            for writer, (number, seen_ms) in self.sessions.items()
            if self.now_ms - seen_ms < HOUR_MS
        }
        return [ClockTicked()]

    # Money.

    def reserve(self, order: NaiveOrder) -> tuple[int, int]:
        """(asset, amount) that an open order keeps locked."""
        instrument_id = order.listed.instrument_id
        if order.command.side == BUY:
            amount = order.price * order.left * self.tick_value[instrument_id]
            return order.listed.quote_asset_id, amount
        return order.listed.base_asset_id, order.left * self.lot_value[instrument_id]

    def locked(self, account_id: int, asset_id: int) -> int:
        """What the account's open orders need."""
        reserves = [self.reserve(order) for order in self.open if order.account_id == account_id]
        return sum(amount for asset, amount in reserves if asset == asset_id)

    def balances(self) -> dict[tuple[int, int], tuple[int, int]]:
        """(account, asset) → (free, locked), without those who have nothing."""
        locked: dict[tuple[int, int], int] = {}
        for order in self.open:
            asset_id, amount = self.reserve(order)
            key = (order.account_id, asset_id)
            locked[key] = locked.get(key, 0) + amount
        return {
            key: (total - locked.get(key, 0), locked.get(key, 0))
            for key, total in self.totals.items()
            if total
        }

    def levels(self) -> dict[tuple[int, int], dict[int, int]]:
        """(instrument, side) → price → lots."""
        levels: dict[tuple[int, int], dict[int, int]] = {}
        for order in self.open:
            level = levels.setdefault((order.listed.instrument_id, order.command.side), {})
            level[order.price] = level.get(order.price, 0) + order.left
        return levels

    def free(self, account_id: int, asset_id: int) -> int:
        return self.totals.get((account_id, asset_id), 0) - self.locked(account_id, asset_id)

    def _pay(self, payer: int, payee: int, asset_id: int, amount: int) -> None:
        for account_id, change in ((payer, -amount), (payee, amount)):
            key = (account_id, asset_id)
            self.totals[key] = self.totals.get(key, 0) + change

    def _account_exists(self, account_id: int) -> bool:
        return account_id in (EXTERNAL, FEES, HOUSE) or 100 <= account_id < 100 + len(self.users)

    def _transfer(self, command: Deposit | Withdraw) -> Event:
        account_id, asset_id, amount = command.account_id, command.asset_id, command.amount
        refuse_unless(1 <= asset_id <= len(self.assets), RejectReason.ASSET_NOT_FOUND)
        refuse_unless(
            self._account_exists(account_id) and account_id != EXTERNAL,
            RejectReason.ACCOUNT_NOT_FOUND,
        )
        refuse_unless(0 < amount < TOO_MUCH, RejectReason.AMOUNT_INVALID)
        refuse_unless(command.key not in self.keys, RejectReason.KEY_USED)
        fields = {
            "account_id": account_id, "asset_id": asset_id, "amount": amount, "key": command.key,
        }
        if isinstance(command, Deposit):
            inside = -self.totals.get((EXTERNAL, asset_id), 0)
            refuse_unless(inside + amount < TOO_MUCH, RejectReason.AMOUNT_INVALID)
            self._pay(EXTERNAL, account_id, asset_id, amount)
            self.keys.add(command.key)
            return Deposited(**fields)
        refuse_unless(
            self.free(account_id, asset_id) >= amount, RejectReason.INSUFFICIENT_FUNDS
        )
        self._pay(account_id, EXTERNAL, asset_id, amount)
        self.keys.add(command.key)
        return Withdrawn(**fields)

    def _create_account(self, user_key: int) -> Event:
        refuse_unless(user_key > 0, RejectReason.ACCOUNT_INVALID)
        existed = user_key in self.users
        if not existed:
            self.users.append(user_key)
        return AccountCreated(
            account_id=100 + self.users.index(user_key), user_key=user_key, existed=existed
        )

    # Orders.

    def _place(self, command: PlaceOrder) -> list[Event]:
        listed = self.instrument(command.instrument_id)
        refuse_unless(self._account_exists(command.account_id), RejectReason.ACCOUNT_NOT_FOUND)
        self._refuse_used_client_id(command)
        refuse_contradictions(command)
        self._refuse_bad_quantity_or_price(command, listed)
        unit = self.tick_value[command.instrument_id]
        if command.post_only:
            makers = makers_for(self.open, command)
            crosses = bool(makers) and not out_of_reach(
                command, listed, best=makers[0].price, price=makers[0].price
            )
            refuse_unless(not crosses, RejectReason.POST_ONLY_WOULD_TAKE)
        found = matches(self.open, command, listed, unit)
        self._refuse_unpayable(command, listed, found)
        self.orders += 1
        quantity = found.quantity if command.quote_amount else command.quantity
        order = NaiveOrder(self.orders, command, listed, quantity)
        return [accepted(order), *self._run(order, found)]

    def _run(self, order: NaiveOrder, found: Matches) -> list[Event]:
        """Trade, and then rest or end."""
        command = order.command
        stop = found.why_not_more
        events: list[Event] = []
        if command.time_in_force == FOK and (stop is not None or found.quantity < order.quantity):
            self._end(order)
            killed = CancelReason.FILL_OR_KILL
            return [canceled(order, stop if stop == CancelReason.SELF_TRADE else killed)]
        for maker, lots in found.steps:
            if lots == 0:
                events.append(self._cancel(maker, CancelReason.SELF_TRADE))
            else:
                events.append(self._trade(order, maker, lots))
                if maker.left == 0:
                    self.open.remove(maker)
                    self._end(maker)
        if stop is None and order.left > 0:
            if command.order_type == LIMIT and command.time_in_force == GTC:
                self.open.append(order)
                return events
            stop = CancelReason.IMMEDIATE_OR_CANCEL
        self._end(order)
        if stop is not None:
            events.append(canceled(order, stop))
        return events

    def _trade(self, taker: NaiveOrder, maker: NaiveOrder, lots: int) -> Event:
        listed = taker.listed
        base, quote = listed.base_asset_id, listed.quote_asset_id
        base_amount = lots * self.lot_value[listed.instrument_id]
        quote_amount = lots * maker.price * self.tick_value[listed.instrument_id]
        buyer, seller = (taker, maker) if taker.command.side == BUY else (maker, taker)
        self._pay(seller.account_id, buyer.account_id, base, base_amount)
        self._pay(buyer.account_id, seller.account_id, quote, quote_amount)
        for order in (taker, maker):
            order.filled += lots
            order.quote_filled += quote_amount
        taker_fee = self._charge(taker, listed.taker_fee_rate)
        maker_fee = self._charge(maker, listed.maker_fee_rate)
        trade_id = self.trades.get(listed.instrument_id, 0) + 1
        self.trades[listed.instrument_id] = trade_id
        self.last_price[listed.instrument_id] = maker.price
        return Traded(
            trade_id=trade_id, instrument_id=listed.instrument_id, price=maker.price,
            quantity=lots, taker_side=taker.command.side,
            taker_order_id=taker.order_id, taker_account_id=taker.account_id,
            taker_filled=taker.filled, taker_quote_filled=taker.quote_filled, taker_fee=taker_fee,
            maker_order_id=maker.order_id, maker_account_id=maker.account_id,
            maker_filled=maker.filled, maker_quote_filled=maker.quote_filled, maker_fee=maker_fee,
        )

    def _charge(self, order: NaiveOrder, rate: int) -> int:
        """Over the whole order it is ceil(received x rate); a rebate is limited by the fees."""
        listed = order.listed
        if order.command.side == BUY:
            asset_id = listed.base_asset_id
            received = order.filled * self.lot_value[listed.instrument_id]
        else:
            asset_id, received = listed.quote_asset_id, order.quote_filled
        fee = ceil(Fraction(received * rate, 1_000_000)) - order.fee
        if fee < 0:
            fee = -min(-fee, self.free(FEES, asset_id))
        self._pay(order.account_id, FEES, asset_id, fee)
        order.fee += fee
        return fee

    def _cancel(self, order: NaiveOrder, reason: CancelReason) -> Event:
        self.open.remove(order)
        self._end(order)
        return canceled(order, reason)

    def _end(self, order: NaiveOrder) -> None:
        if order.command.client_id is not None:
            ended = self.ended.setdefault(order.account_id, [])
            ended.append((order.command.client_id, order.order_id, self.now_ms))
            del ended[:-1000]

    def _order_of_client_id(self, account_id: int, client_id: int) -> int | None:
        """The order a client id belongs to, while it may not be used again."""
        for order in self.open:
            if order.account_id == account_id and order.command.client_id == client_id:
                return order.order_id
        for used, order_id, ended_ms in self.ended.get(account_id, []):
            if used == client_id and self.now_ms - ended_ms < TEN_MINUTES_MS:
                return order_id
        return None

    def _cancel_one(self, command: CancelOrder) -> Event:
        refuse_unless(self._account_exists(command.account_id), RejectReason.ACCOUNT_NOT_FOUND)
        for order in self.open:
            named = (
                order.order_id == command.order_id if command.client_id is None
                else order.command.client_id == command.client_id
            )
            mine = order.account_id == command.account_id
            if named and mine and order.listed.instrument_id == command.instrument_id:
                return self._cancel(order, CancelReason.BY_OWNER)
        raise Refused(RejectReason.ORDER_NOT_FOUND)

    def _cancel_all(self, command: CancelOrders) -> list[Event]:
        self.instrument(command.instrument_id)
        refuse_unless(self._account_exists(command.account_id), RejectReason.ACCOUNT_NOT_FOUND)
        own = [
            order for order in self.open
            if order.account_id == command.account_id
            and order.listed.instrument_id == command.instrument_id
        ]
        events = [self._cancel(order, CancelReason.BY_OWNER) for order in own]
        count = OrdersCanceled(
            account_id=command.account_id, instrument_id=command.instrument_id, count=len(own)
        )
        return [*events, count]

    # What an order may be refused for.

    def _refuse_used_client_id(self, command: PlaceOrder) -> None:
        if command.client_id is not None:
            refuse_unless(0 <= command.client_id < 2**32, RejectReason.ORDER_INVALID)
            first = self._order_of_client_id(command.account_id, command.client_id)
            if first is not None:
                raise Refused(RejectReason.CLIENT_ID_USED, first)

    def _refuse_bad_quantity_or_price(self, command: PlaceOrder, listed: InstrumentListed) -> None:
        quantity, price, amount = command.quantity, command.price, command.quote_amount
        in_range = listed.quantity_min <= quantity <= listed.quantity_max
        if command.order_type == MARKET:
            by_quantity = in_range and amount == 0
            by_amount = 0 < amount < TOO_MUCH and quantity == 0
            refuse_unless(by_quantity or by_amount, RejectReason.QUANTITY_INVALID)
            refuse_unless(price == 0, RejectReason.PRICE_INVALID)
            return
        refuse_unless(in_range and amount == 0, RejectReason.QUANTITY_INVALID)
        refuse_unless(listed.price_min <= price <= listed.price_max, RejectReason.PRICE_INVALID)
        last = self.last_price.get(listed.instrument_id)
        if last is not None and listed.price_band_rate:
            away = Fraction(abs(price - last), last)
            band = Fraction(listed.price_band_rate, 1_000_000)
            refuse_unless(away <= band, RejectReason.PRICE_TOO_FAR)

    def _refuse_unpayable(
        self, command: PlaceOrder, listed: InstrumentListed, found: Matches
    ) -> None:
        instrument_id = listed.instrument_id
        if command.side == SELL:
            lots = max(command.quantity, found.quantity)
            asset_id, cost = listed.base_asset_id, lots * self.lot_value[instrument_id]
        else:
            asset_id, cost = listed.quote_asset_id, found.cost
            if command.order_type == LIMIT:
                cost = command.price * command.quantity * self.tick_value[instrument_id]
        refuse_unless(
            cost <= self.free(command.account_id, asset_id), RejectReason.INSUFFICIENT_FUNDS
        )
