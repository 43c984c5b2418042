"""The naive twin's orders: why one is refused, what it trades, and what ends it.

Slow, obvious, and written from the rules (how money is counted, and the docstrings of commands,
events and reasons) rather than from the engine's code.
"""

from fractions import Fraction
from math import ceil, floor

from outcry.engine.commands import CancelOrder, CancelOrders, PlaceOrder, ReplaceOrder
from outcry.engine.events import Event, InstrumentListed, OrderReplaced, Traded
from outcry.engine.rejects import CancelReason, RejectReason
from outcry.engine.units import (
    BUY,
    CANCEL_ONLY,
    FOK,
    GTC,
    IOC,
    LAST_PRICE,
    LIMIT,
    LIMIT_ONLY,
    MARK_PRICE,
    MARKET,
    OPEN,
    POST_ONLY,
    RESTING_ORDERS,
    RISES,
    SELL,
    WAITING_ORDERS,
)
from twin.book import Matches, NaiveOrder, canceled, crosses, matches
from twin.listing import TOO_MUCH, Refused, refuse_unless
from twin.money import NaiveMoney

TEN_MINUTES_MS = 10 * 60 * 1000
FRESH_MS = 5_000


class NaiveOrders(NaiveMoney):
    """Orders that rest, orders that wait, and what is left to be done about them."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[NaiveOrder] = []
        self.orders = 0
        self.arrivals = 0
        # Account → (client id, order id, when it ended), the last thousand.
        self.ended: dict[int, list[tuple[int, int, int]]] = {}
        self.last_price: dict[int, int] = {}
        self.trades: dict[int, int] = {}
        self.parents: list[NaiveOrder] = []  # Those that have ended, as long as nobody looked.

    def levels(self) -> dict[tuple[int, int], dict[int, int]]:
        """(instrument, side) → price → lots."""
        levels: dict[tuple[int, int], dict[int, int]] = {}
        for order in self.open:
            level = levels.setdefault((order.instrument_id, order.command.side), {})
            level[order.price] = level.get(order.price, 0) + order.left
        return levels

    # What happens to an order.

    def run(self, order: NaiveOrder, found: Matches) -> list[Event]:
        """Trade, and then rest or end."""
        command = order.command
        stop = found.why_not_more
        events: list[Event] = []
        if command.time_in_force == FOK and (stop is not None or found.quantity < order.quantity):
            self.end(order)
            killed = CancelReason.FILL_OR_KILL
            return [canceled(order, stop if stop == CancelReason.SELF_TRADE else killed)]
        for maker, lots in found.steps:
            if lots == 0:
                events.append(self.cancel(maker, CancelReason.SELF_TRADE))
            else:
                events.append(self._trade(order, maker, lots))
                if maker.left == 0:
                    self.open.remove(maker)
                    self.end(maker)
        if stop is None and order.left > 0:
            if command.order_type == LIMIT and command.time_in_force == GTC:
                self.arrivals += 1
                order.arrived = self.arrivals
                self.open.append(order)
                return events
            stop = CancelReason.IMMEDIATE_OR_CANCEL
        self.end(order)
        if stop is not None:
            events.append(canceled(order, stop))
        return events

    def _trade(self, taker: NaiveOrder, maker: NaiveOrder, lots: int) -> Event:
        instrument_id = taker.instrument_id
        listed = self.instrument(instrument_id)
        base_amount = lots * self.lot_value[instrument_id]
        quote_amount = lots * maker.price * self.tick_value[instrument_id]
        buyer, seller = (taker, maker) if taker.command.side == BUY else (maker, taker)
        self.pay(seller.account_id, buyer.account_id, listed.base_asset_id, base_amount)
        self.pay(buyer.account_id, seller.account_id, listed.quote_asset_id, quote_amount)
        for order in (taker, maker):
            order.filled += lots
            order.quote_filled += quote_amount
        amounts = {"base": base_amount, "quote": quote_amount}
        taker_fee = self.charge(taker, **amounts, rate=listed.taker_fee_rate)
        maker_fee = self.charge(maker, **amounts, rate=listed.maker_fee_rate)
        trade_id = self.trades.get(instrument_id, 0) + 1
        self.trades[instrument_id] = trade_id
        self.last_price[instrument_id] = maker.price
        for order in self.waiting:
            if order.instrument_id == instrument_id and order.trigger.follows == LAST_PRICE:
                self.look(order, maker.price)
        return Traded(
            trade_id=trade_id, instrument_id=instrument_id, price=maker.price,
            quantity=lots, taker_side=taker.command.side,
            taker_order_id=taker.order_id, taker_account_id=taker.account_id,
            taker_filled=taker.filled, taker_quote_filled=taker.quote_filled, taker_fee=taker_fee,
            maker_order_id=maker.order_id, maker_account_id=maker.account_id,
            maker_filled=maker.filled, maker_quote_filled=maker.quote_filled, maker_fee=maker_fee,
        )

    def look(self, order: NaiveOrder, price: Fraction | int | None) -> None:
        """Let a waiting order see a price; it takes note only while the market is open."""
        if price is None or self.instrument(order.instrument_id).state != OPEN:
            return
        trigger = order.trigger
        if trigger.follows == MARK_PRICE and self.gate(order.instrument_id).doubts:
            return
        if trigger.price <= price if trigger.direction == RISES else trigger.price >= price:
            order.reached = True

    def cancel(self, order: NaiveOrder, reason: int) -> Event:
        """End an order that rests or waits; the exit beside it stays, by itself."""
        (self.waiting if order in self.waiting else self.open).remove(order)
        if order.beside is not None:
            order.beside.beside = None
        self.end(order)
        return canceled(order, reason)

    def end(self, order: NaiveOrder) -> None:
        """Remember its client id, and that its exits may be due."""
        if order.command.client_id is not None:
            ended = self.ended.setdefault(order.account_id, [])
            ended.append((order.command.client_id, order.order_id, self.now_ms))
            del ended[:-1000]
        self.parents.append(order)

    # Orders by name.

    def of_account(self, account_id: int, instrument_id: int) -> list[NaiveOrder]:
        """The account's open orders in an instrument, oldest first."""
        own = [
            order for order in (*self.open, *self.waiting)
            if order.account_id == account_id and order.instrument_id == instrument_id
        ]
        return sorted(own, key=lambda order: order.order_id)

    def named(self, command: CancelOrder | ReplaceOrder) -> NaiveOrder:
        refuse_unless(self.account_exists(command.account_id), RejectReason.ACCOUNT_NOT_FOUND)
        for order in self.of_account(command.account_id, command.instrument_id):
            client_id = command.client_id
            if order.order_id == command.order_id if client_id is None else (
                order.command.client_id == client_id
            ):
                return order
        raise Refused(RejectReason.ORDER_NOT_FOUND)

    def cancel_all(self, command: CancelOrders) -> list[Event]:
        self.instrument(command.instrument_id)
        refuse_unless(self.account_exists(command.account_id), RejectReason.ACCOUNT_NOT_FOUND)
        refuse_unless(command.kind in (0, 1, 2), RejectReason.ORDER_INVALID)
        spared = {RESTING_ORDERS: self.waiting, WAITING_ORDERS: self.open}.get(command.kind, [])
        return [
            self.cancel(order, CancelReason.BY_OWNER)
            for order in self.of_account(command.account_id, command.instrument_id)
            if order not in spared
        ]

    def replace(self, command: ReplaceOrder) -> list[Event]:
        order = self.named(command)
        refuse_unless(order not in self.waiting, RejectReason.ORDER_WAITING)
        listed = self.instrument(order.instrument_id)
        price = command.price or order.price
        quantity = command.quantity or order.quantity
        self.refuse_for_the_state(order, listed)
        enough = listed.quantity_min <= quantity <= listed.quantity_max
        refuse_unless(enough and quantity > order.filled, RejectReason.QUANTITY_INVALID)
        refuse_unless(listed.price_min <= price <= listed.price_max, RejectReason.PRICE_INVALID)
        if price != order.price:
            self._refuse_outside_the_band(listed, price)
        before = order.price, order.quantity
        asset_id, locked = self.reserve(order)
        free = self.free(order.account_id, asset_id)
        order.price, order.quantity = price, quantity
        try:
            self.refuse_crossing_post_only(order, listed)
            needs = self.reserve(order)[1]
            refuse_unless(needs <= free + locked, RejectReason.INSUFFICIENT_FUNDS)
        except Refused:
            order.price, order.quantity = before
            raise
        events: list[Event] = [
            OrderReplaced(
                order_id=order.order_id, account_id=order.account_id,
                instrument_id=order.instrument_id, price=price, quantity=quantity,
                remaining=order.left,
            )
        ]
        if price != before[0] or quantity > before[1]:
            self.open.remove(order)
            events += self.run(order, self.matches_of(order))
        return events

    def order_of_client_id(self, account_id: int, client_id: int) -> int | None:
        """The order a client id belongs to, while it may not be used again."""
        for order in (*self.open, *self.waiting):
            if order.account_id == account_id and order.command.client_id == client_id:
                return order.order_id
        for used, order_id, ended_ms in self.ended.get(account_id, []):
            if used == client_id and self.now_ms - ended_ms < TEN_MINUTES_MS:
                return order_id
        return None

    # What an order may be refused for.

    def matches_of(self, order: NaiveOrder) -> Matches:
        listed = self.instrument(order.instrument_id)
        return matches(self.open, order, listed, self.tick_value[order.instrument_id])

    def matches_if_taken(self, order: NaiveOrder, *, as_new: bool) -> Matches:
        """What an order would trade now; raises `Refused` when it is not taken."""
        listed = self.instrument(order.instrument_id)
        self.refuse_for_the_state(order, listed)
        self.refuse_bad_terms(order, listed)
        if order.command.order_type == LIMIT:
            self._refuse_outside_the_band(listed, order.price)
        if as_new:
            self.refuse_too_many(order.command, listed)
            self.refuse_bad_exits(order.command, listed)
        self.refuse_crossing_post_only(order, listed)
        found = self.matches_of(order)
        self._refuse_unpayable(order, listed, found)
        return found

    def refuse_for_the_state(self, order: NaiveOrder, listed: InstrumentListed) -> None:
        command = order.command
        taken = listed.state < CANCEL_ONLY
        if listed.state == POST_ONLY:
            taken = command.post_only
        elif listed.state == LIMIT_ONLY:
            taken = command.order_type == LIMIT and command.time_in_force != IOC
        refuse_unless(taken, RejectReason.MARKET_CLOSED)

    def refuse_bad_terms(self, order: NaiveOrder, listed: InstrumentListed) -> None:
        quantity, price, amount = order.quantity, order.price, order.amount
        in_range = listed.quantity_min <= quantity <= listed.quantity_max
        if order.command.order_type == MARKET:
            by_quantity = in_range and amount == 0
            by_amount = 0 < amount < TOO_MUCH and quantity == 0
            refuse_unless(by_quantity or by_amount, RejectReason.QUANTITY_INVALID)
            refuse_unless(price == 0, RejectReason.PRICE_INVALID)
            return
        refuse_unless(in_range and amount == 0, RejectReason.QUANTITY_INVALID)
        refuse_unless(listed.price_min <= price <= listed.price_max, RejectReason.PRICE_INVALID)

    def _refuse_outside_the_band(self, listed: InstrumentListed, price: int) -> None:
        last = self.last_price.get(listed.instrument_id)
        if last is not None and listed.price_band_rate:
            band = Fraction(listed.price_band_rate, 1_000_000)
            around = [(last, last), *self.marks_that_count(listed.instrument_id)]
            refuse_unless(
                any(low * (1 - band) <= price <= high * (1 + band) for low, high in around),
                RejectReason.PRICE_TOO_FAR,
            )

    def marks_that_count(self, instrument_id: int) -> list[tuple[int, int]]:
        """The mark, rounded down and up, while it is fresh and certain; of the second rules only.
        """
        if self.version == 1:
            return []
        mark, quote = self.mark(instrument_id), self.quotes.get(instrument_id)
        if mark is None or quote is None or self.gate(instrument_id).doubts or (
            self.now_ms - quote.source_ms > FRESH_MS
        ):
            return []
        return [(floor(mark), ceil(mark))]

    def refuse_too_many(self, command: PlaceOrder, listed: InstrumentListed) -> None:
        has = len(self.of_account(command.account_id, command.instrument_id))
        refuse_unless(has < listed.open_orders_max, RejectReason.ORDER_LIMIT)

    def refuse_bad_exits(self, command: PlaceOrder, listed: InstrumentListed) -> None:
        """In range, following a price there is, and the profit where there is some."""
        conditions = command.conditions
        if conditions is None:
            return
        profit, loss = conditions.take_profit, conditions.stop_loss
        allowed = range(listed.price_min, listed.price_max + 1)
        for leaving in filter(None, (profit, loss)):
            sound = (
                leaving.trigger_price in allowed
                and (leaving.limit_price == 0 or leaving.limit_price in allowed)
                and leaving.follows in (1, 2)
            )
            refuse_unless(sound, RejectReason.TRIGGER_INVALID)
        if profit is not None and loss is not None:
            above = profit.trigger_price - loss.trigger_price
            refuse_unless(
                above > 0 if command.side == BUY else above < 0, RejectReason.TRIGGER_INVALID
            )

    def refuse_crossing_post_only(self, order: NaiveOrder, listed: InstrumentListed) -> None:
        refuse_unless(
            not (order.command.post_only and crosses(self.open, order, listed)),
            RejectReason.POST_ONLY_WOULD_TAKE,
        )

    def _refuse_unpayable(
        self, order: NaiveOrder, listed: InstrumentListed, found: Matches
    ) -> None:
        if order.command.side == SELL:
            lots = max(order.quantity, found.quantity)
            asset_id, cost = listed.base_asset_id, lots * self.lot_value[order.instrument_id]
        else:
            asset_id, cost = listed.quote_asset_id, found.cost
            if order.command.order_type == LIMIT:
                cost = order.price * order.quantity * self.tick_value[order.instrument_id]
        refuse_unless(
            cost <= self.free(order.account_id, asset_id), RejectReason.INSUFFICIENT_FUNDS
        )
