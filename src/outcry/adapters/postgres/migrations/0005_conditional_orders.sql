-- Orders that wait for a price, their exits, orders that were replaced, and rules that change.

ALTER TABLE spot_orders
    ADD COLUMN reject_reason smallint NOT NULL DEFAULT 0,
    ADD COLUMN related_order_id bigint NOT NULL DEFAULT 0,
    ADD COLUMN triggered_ms bigint NOT NULL DEFAULT 0,
    ADD COLUMN trigger_price bigint,
    ADD COLUMN trigger_follows smallint,
    ADD COLUMN trigger_direction smallint,
    ADD COLUMN trigger_share_rate bigint,
    ADD COLUMN take_profit_trigger_price bigint,
    ADD COLUMN take_profit_follows smallint,
    ADD COLUMN take_profit_limit_price bigint,
    ADD COLUMN stop_loss_trigger_price bigint,
    ADD COLUMN stop_loss_follows smallint,
    ADD COLUMN stop_loss_limit_price bigint;
COMMENT ON COLUMN spot_orders.status IS '1 open, 2 filled, 3 canceled, 4 waiting, 5 failed.';
COMMENT ON COLUMN spot_orders.reject_reason IS 'Of a failed order: why it was refused when its trigger fired.';
COMMENT ON COLUMN spot_orders.related_order_id IS 'The order whose take profit or stop loss it is; 0 for none.';
COMMENT ON COLUMN spot_orders.triggered_ms IS 'When its trigger fired; 0 before, and without one.';
COMMENT ON COLUMN spot_orders.trigger_price IS 'Null for an order that never waited.';
COMMENT ON COLUMN spot_orders.trigger_follows IS '1 the last price, 2 the mark.';
COMMENT ON COLUMN spot_orders.trigger_direction IS '1 rises to it, -1 falls to it.';
COMMENT ON COLUMN spot_orders.trigger_share_rate IS
    'Millionths of what is free when it fires, instead of a quantity; 0 for none.';
COMMENT ON COLUMN spot_orders.take_profit_trigger_price IS 'Null without a take profit.';
COMMENT ON COLUMN spot_orders.take_profit_limit_price IS '0 is a market order.';
COMMENT ON COLUMN spot_orders.stop_loss_trigger_price IS 'Null without a stop loss.';
COMMENT ON COLUMN spot_orders.stop_loss_limit_price IS '0 is a market order.';

ALTER TABLE instruments ADD COLUMN open_orders_max bigint NOT NULL DEFAULT 100000;
ALTER TABLE instruments ALTER COLUMN open_orders_max DROP DEFAULT;
