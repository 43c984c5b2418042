"""The naive twin's triggers: every waiting order looks at every price there is.

An order notes when a price has reached its trigger. What is noted fires in rounds, the nearest to
the price before first; when nothing is noted, the exits of what has ended are placed.
"""

from fractions import Fraction

from msgspec.structs import replace

from outcry.engine.commands import Conditions, Exit, PlaceOrder, Trigger
from outcry.engine.events import Event, InstrumentListed, OrderWaiting, TriggerFailed
from outcry.engine.rejects import CancelReason, RejectReason
from outcry.engine.units import (
    BUY,
    CANCEL_ONLY,
    CLOSED,
    FALLS,
    GTC,
    LAST_PRICE,
    LIMIT,
    MARKET,
    RISES,
)
from twin.book import NaiveOrder, accepted, refuse_contradictions
from twin.listing import Refused, refuse_unless
from twin.orders import NaiveOrders


class NaiveTriggers(NaiveOrders):
    """New orders, those that wait first, and exits."""

    last_at_first = 0  # The last price before the present command.

    def place(self, command: PlaceOrder) -> list[Event]:
        listed = self.instrument(command.instrument_id)
        of_a_user = command.account_id >= 100 and self.account_exists(command.account_id)
        refuse_unless(of_a_user, RejectReason.ACCOUNT_NOT_FOUND)
        if command.client_id is not None:
            refuse_unless(0 <= command.client_id < 2**32, RejectReason.ORDER_INVALID)
            first = self.order_of_client_id(command.account_id, command.client_id)
            if first is not None:
                raise Refused(RejectReason.CLIENT_ID_USED, first)
        refuse_contradictions(command)
        conditions = command.conditions
        if conditions is not None and conditions.trigger is not None:
            trigger = self._trigger_if_taken(command, listed, conditions.trigger)
            asked = replace(command, conditions=replace(conditions, trigger=trigger))
            return [self._let_wait(NaiveOrder(self._next_id(), asked))]
        order = NaiveOrder(self.orders + 1, command)
        found = self.matches_if_taken(order, as_new=True)
        self._next_id()
        if order.amount:
            order.quantity = found.quantity
        return [accepted(order), *self.run(order, found)]

    def price_of(self, instrument_id: int, follows: int) -> Fraction | int | None:
        if follows == LAST_PRICE:
            return self.last_price.get(instrument_id)
        return self.mark(instrument_id)

    def look_around(self, instrument_id: int) -> None:
        """Let all that wait look at the prices as they stand."""
        for order in self.waiting:
            if order.instrument_id == instrument_id:
                self.look(order, self.price_of(instrument_id, order.trigger.follows))

    def follow_up(self, last_before: int, mark_before: int) -> list[Event]:
        """Fire what was reached and place exits until there is nothing left to do."""
        events: list[Event] = []
        self.last_at_first = last_before
        while True:
            reached = [order for order in self.waiting if order.reached]
            if not reached:
                exits = [leaving for parent in self.parents for leaving in self._exits(parent)]
                self.parents = []
                placed = [order for order in exits if order.quantity > 0]
                for order in exits:
                    events += [self._let_wait(order)] if order in placed else self._fail(order)
                if not placed:
                    return events
                reached = [order for order in placed if order.reached]
                last_before = self.last_price.get(placed[0].instrument_id, 0)
                mark_before = int(self.mark(placed[0].instrument_id) or 0)
            last = self.last_price.get(reached[0].instrument_id, 0) if reached else 0
            for order in self._in_order(reached, last_before, mark_before):
                if order in self.waiting:  # Else the exit beside it fired.
                    events += self._fire(order)
            last_before = last

    def _in_order(
        self, reached: list[NaiveOrder], last_before: int, mark_before: int
    ) -> list[NaiveOrder]:
        """First by the last price, then by the mark; of each the nearest and then the oldest."""

        def rank(order: NaiveOrder) -> tuple[int, int, int]:
            follows = order.trigger.follows
            before = last_before if follows == LAST_PRICE else mark_before
            return follows, abs(order.trigger.price - before), order.order_id

        return sorted(reached, key=rank)

    def _next_id(self) -> int:
        self.orders += 1
        return self.orders

    def _let_wait(self, order: NaiveOrder) -> Event:
        self.waiting.append(order)
        self.look(order, self.price_of(order.instrument_id, order.trigger.follows))
        return OrderWaiting(
            order_id=order.order_id, related_order_id=order.parent, order=order.command
        )

    def _trigger_if_taken(
        self, command: PlaceOrder, listed: InstrumentListed, trigger: Trigger
    ) -> Trigger:
        """The trigger with its direction; raises `Refused` when the order may not wait."""
        refuse_unless(listed.state not in (CANCEL_ONLY, CLOSED), RejectReason.MARKET_CLOSED)
        if trigger.share_rate == 0:
            self.refuse_bad_terms(NaiveOrder(0, command), listed)
        else:
            refuse_unless(
                command.quantity == command.quote_amount == 0, RejectReason.QUANTITY_INVALID
            )
            low, high = (0, 0) if command.order_type == MARKET else (
                listed.price_min, listed.price_max
            )
            refuse_unless(low <= command.price <= high, RejectReason.PRICE_INVALID)
        self.refuse_too_many(command, listed)
        sound = (
            listed.price_min <= trigger.price <= listed.price_max
            and trigger.follows in (1, 2)
            and trigger.direction in (RISES, FALLS, 0)
            and 0 <= trigger.share_rate <= 1_000_000
        )
        refuse_unless(sound, RejectReason.TRIGGER_INVALID)
        self.refuse_bad_exits(command, listed)
        if trigger.direction != 0:
            return trigger
        price = self.price_of(listed.instrument_id, trigger.follows)
        if price is None:
            raise Refused(RejectReason.NO_PRICE)
        return replace(trigger, direction=RISES if trigger.price > price else FALLS)

    def _fire(self, order: NaiveOrder) -> list[Event]:
        self.waiting.remove(order)
        events: list[Event] = []
        if order.beside is not None:
            events.append(self.cancel(order.beside, CancelReason.EXIT_FIRED))
        if order.trigger.share_rate:
            self._take_share(order)
        order.fired_at = self._start_of_impact(order)
        try:
            found = self.matches_if_taken(order, as_new=False)
        except Refused as refused:
            self.end(order)
            return [
                *events,
                TriggerFailed(
                    order_id=order.order_id, account_id=order.account_id,
                    instrument_id=order.instrument_id, reason=refused.reason,
                ),
            ]
        if order.amount:
            order.quantity = found.quantity
        return [*events, accepted(order), *self.run(order, found)]

    def _start_of_impact(self, order: NaiveOrder) -> int | None:
        """The mark, while it is fresh and certain, or else the last price before the command."""
        if self.version == 1:
            return None
        for low, high in self.marks_that_count(order.instrument_id):
            return high if order.command.side == BUY else low
        return self.last_at_first or None

    def _fail(self, order: NaiveOrder) -> list[Event]:
        """An exit of less than one lot: it is told, and gone."""
        return [
            OrderWaiting(
                order_id=order.order_id, related_order_id=order.parent, order=order.command
            ),
            TriggerFailed(
                order_id=order.order_id, account_id=order.account_id,
                instrument_id=order.instrument_id, reason=RejectReason.QUANTITY_INVALID,
            ),
        ]

    def _take_share(self, order: NaiveOrder) -> None:
        listed = self.instrument(order.instrument_id)
        buys = order.command.side == BUY
        free = self.free(
            order.account_id, listed.quote_asset_id if buys else listed.base_asset_id
        )
        share = int(free * Fraction(order.trigger.share_rate, 1_000_000))
        if buys and order.command.order_type == MARKET:
            order.amount = share
            return
        lot = self.lot_value[order.instrument_id]
        if buys:
            lot = order.price * self.tick_value[order.instrument_id]
        order.quantity = min(share // lot, listed.quantity_max)

    def _exits(self, parent: NaiveOrder) -> list[NaiveOrder]:
        """Orders that undo what an ended order filled, less the fee, in whole lots."""
        conditions = parent.command.conditions
        if conditions is None:
            return []
        lot = self.lot_value[parent.instrument_id]
        buys = parent.command.side == BUY
        lots = parent.filled
        if buys:
            lots = min(lots, (lots * lot - parent.fee) // lot)
        if lots < 1 and (self.version == 1 or parent.filled == 0):
            return []
        exits: list[NaiveOrder] = []
        if conditions.take_profit is not None:
            exits.append(self._exit(parent, conditions.take_profit, lots, RISES if buys else FALLS))
        if conditions.stop_loss is not None:
            exits.append(self._exit(parent, conditions.stop_loss, lots, FALLS if buys else RISES))
        if len(exits) == 2:
            exits[0].beside, exits[1].beside = exits[1], exits[0]
        return exits

    def _exit(self, parent: NaiveOrder, leaving: Exit, lots: int, direction: int) -> NaiveOrder:
        trigger = Trigger(
            price=leaving.trigger_price, follows=leaving.follows, direction=direction
        )
        command = PlaceOrder(
            account_id=parent.account_id, instrument_id=parent.instrument_id,
            side=-parent.command.side, order_type=LIMIT if leaving.limit_price else MARKET,
            price=leaving.limit_price, quantity=lots, time_in_force=GTC,
            self_trade=parent.command.self_trade, conditions=Conditions(trigger=trigger),
        )
        return NaiveOrder(self._next_id(), command, parent=parent.order_id)
