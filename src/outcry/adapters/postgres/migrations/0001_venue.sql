-- What the recorder writes: the archive of both streams, the rows derived from them, and its offset.
--
-- Times are milliseconds since 1970, prices ticks, quantities lots, money an asset's smallest unit:
-- the engine's own integers. `orders`, `trades` and `users` are left to the broker's tables, so the
-- spot exchange's rows are in `spot_orders`, `spot_trades` and `spot_fills`.
--
-- Unique keys of the tables that may become hypertables contain their time.

CREATE TABLE recorder_offset (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    ms bigint NOT NULL,
    seq bigint NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    transfers bigint NOT NULL
);
COMMENT ON TABLE recorder_offset IS
    'Entry the recorder has reached: everything up to it is in these tables, and nothing after it.';
INSERT INTO recorder_offset (ms, seq, digest, transfers)
VALUES (0, 0, decode(repeat('00', 32), 'hex'), 0);

CREATE TABLE journal (
    ms bigint NOT NULL,
    seq bigint NOT NULL,
    writer numeric(20) NOT NULL,
    number numeric(20) NOT NULL,
    version integer NOT NULL,
    commands bytea NOT NULL,
    PRIMARY KEY (ms, seq)
);
COMMENT ON TABLE journal IS 'The journal, byte for byte. Writer and number are unsigned 64 bits.';

CREATE TABLE events (
    ms bigint NOT NULL,
    seq bigint NOT NULL,
    writer numeric(20) NOT NULL,
    number numeric(20) NOT NULL,
    outcome bytea NOT NULL,
    digest bytea NOT NULL,
    PRIMARY KEY (ms, seq)
);
COMMENT ON TABLE events IS 'The event stream, byte for byte, with the chain digest of each entry.';

CREATE TABLE assets (
    asset_id bigint PRIMARY KEY,
    symbol text NOT NULL UNIQUE,
    name text NOT NULL,
    decimals integer NOT NULL
);

CREATE TABLE instruments (
    instrument_id bigint PRIMARY KEY,
    symbol text NOT NULL UNIQUE,
    base_asset_id bigint NOT NULL,
    quote_asset_id bigint NOT NULL,
    price_decimals integer NOT NULL,
    tick_size bigint NOT NULL,
    quantity_decimals integer NOT NULL,
    lot_size bigint NOT NULL,
    price_min bigint NOT NULL,
    price_max bigint NOT NULL,
    quantity_min bigint NOT NULL,
    quantity_max bigint NOT NULL,
    maker_fee_rate bigint NOT NULL,
    taker_fee_rate bigint NOT NULL,
    mark_decimals integer NOT NULL,
    price_band_rate bigint NOT NULL,
    impact_rate bigint NOT NULL,
    state integer NOT NULL,
    listed_ms bigint NOT NULL
);

CREATE TABLE accounts (
    account_id bigint PRIMARY KEY,
    user_key bigint NOT NULL,
    created_ms bigint NOT NULL
);

CREATE TABLE balances (
    account_id bigint NOT NULL,
    asset_id bigint NOT NULL,
    free bigint NOT NULL,
    locked bigint NOT NULL,
    PRIMARY KEY (account_id, asset_id)
) WITH (fillfactor = 70);
COMMENT ON TABLE balances IS
    'Balances at the recorder''s offset, those of external (0), fees (1) and house (2) included.';

CREATE TABLE transfers (
    transfer_id bigint PRIMARY KEY,
    account_id bigint NOT NULL,
    asset_id bigint NOT NULL,
    amount bigint NOT NULL,
    key bigint NOT NULL,
    made_ms bigint NOT NULL
);
COMMENT ON COLUMN transfers.amount IS 'Above zero for a deposit, below zero for a withdrawal.';
CREATE INDEX transfers_by_account ON transfers (account_id, (amount > 0), transfer_id);

-- The account leads the key: an index by order alone would tempt the planner to look for one account's
-- latest orders by walking back through everybody's.
CREATE TABLE spot_orders (
    order_id bigint NOT NULL,
    account_id bigint NOT NULL,
    instrument_id bigint NOT NULL,
    side smallint NOT NULL,
    order_type smallint NOT NULL,
    price bigint NOT NULL,
    quantity bigint NOT NULL,
    quote_amount bigint NOT NULL,
    time_in_force smallint NOT NULL,
    post_only boolean NOT NULL,
    client_id bigint,
    self_trade smallint NOT NULL,
    created_ms bigint NOT NULL,
    updated_ms bigint NOT NULL,
    filled bigint NOT NULL,
    quote_filled bigint NOT NULL,
    status smallint NOT NULL,
    cancel_reason smallint NOT NULL,
    PRIMARY KEY (account_id, order_id)
) WITH (fillfactor = 80);
COMMENT ON COLUMN spot_orders.side IS '1 buy, -1 sell.';
COMMENT ON COLUMN spot_orders.status IS '1 open, 2 filled, 3 canceled.';
CREATE INDEX spot_orders_by_instrument ON spot_orders (account_id, instrument_id, order_id);

CREATE TABLE spot_trades (
    instrument_id bigint NOT NULL,
    trade_id bigint NOT NULL,
    price bigint NOT NULL,
    quantity bigint NOT NULL,
    taker_side smallint NOT NULL,
    buy_order_id bigint NOT NULL,
    sell_order_id bigint NOT NULL,
    traded_ms bigint NOT NULL,
    PRIMARY KEY (instrument_id, trade_id, traded_ms)
);
CREATE INDEX spot_trades_by_time ON spot_trades (instrument_id, traded_ms, trade_id);

CREATE TABLE spot_fills (
    instrument_id bigint NOT NULL,
    trade_id bigint NOT NULL,
    order_id bigint NOT NULL,
    account_id bigint NOT NULL,
    side smallint NOT NULL,
    price bigint NOT NULL,
    quantity bigint NOT NULL,
    fee bigint NOT NULL,
    fee_asset_id bigint NOT NULL,
    is_maker boolean NOT NULL,
    traded_ms bigint NOT NULL,
    PRIMARY KEY (account_id, traded_ms, instrument_id, trade_id)
);
COMMENT ON TABLE spot_fills IS 'One order''s part of a trade; its client id is the order''s.';
CREATE INDEX spot_fills_by_instrument
    ON spot_fills (account_id, instrument_id, traded_ms, trade_id);
CREATE INDEX spot_fills_by_order ON spot_fills (order_id, traded_ms);

CREATE TABLE candles (
    instrument_id bigint NOT NULL,
    interval text NOT NULL,
    start_ms bigint NOT NULL,
    open bigint NOT NULL,
    high bigint NOT NULL,
    low bigint NOT NULL,
    close bigint NOT NULL,
    volume bigint NOT NULL,
    quote_volume bigint NOT NULL,
    trades bigint NOT NULL,
    PRIMARY KEY (instrument_id, interval, start_ms)
) WITH (fillfactor = 50);
COMMENT ON TABLE candles IS 'One minute and longer; intervals without a trade have no row.';
