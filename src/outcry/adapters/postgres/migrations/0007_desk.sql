-- The CFD desk: contracts, positions, what was asked of it, and how long that took.

CREATE TABLE contracts (
    instrument_id bigint PRIMARY KEY,
    symbol text NOT NULL UNIQUE,
    underlying text NOT NULL,
    asset_id bigint NOT NULL,
    price_decimals smallint NOT NULL,
    price_max bigint NOT NULL,
    leverage_max bigint NOT NULL,
    margin_min bigint NOT NULL,
    maintenance_rate bigint NOT NULL,
    spread_rate bigint NOT NULL,
    exposure_max bigint NOT NULL,
    house_exposure_max bigint NOT NULL,
    positions_max bigint NOT NULL,
    quote_age_max_ms bigint NOT NULL,
    state smallint NOT NULL,
    listed_ms bigint NOT NULL
);
COMMENT ON TABLE contracts IS 'Rules as they are now. Rates are millionths, leverage is in tenths.';

CREATE TABLE positions (
    position_id bigint PRIMARY KEY,
    account_id bigint NOT NULL,
    instrument_id bigint NOT NULL,
    direction smallint NOT NULL,
    margin bigint NOT NULL,
    remaining_margin bigint NOT NULL,
    leverage bigint NOT NULL,
    notional bigint NOT NULL,
    entry_price bigint NOT NULL,
    liquidation_price bigint NOT NULL,
    stop_loss bigint NOT NULL,
    take_profit bigint NOT NULL,
    exit_price bigint NOT NULL,
    pnl bigint NOT NULL,
    shortfall bigint NOT NULL,
    status smallint NOT NULL,
    opened_ms bigint NOT NULL,
    updated_ms bigint NOT NULL
) WITH (fillfactor = 80);
COMMENT ON COLUMN positions.direction IS '1 long, -1 short.';
COMMENT ON COLUMN positions.status IS
    '0 open, 1 closed, 2 liquidated, 3 stop loss, 4 take profit.';
COMMENT ON COLUMN positions.liquidation_price IS '0 is none, as for the prices that follow.';
CREATE INDEX positions_by_account ON positions (account_id, updated_ms);

CREATE TABLE desk_commands (
    ms bigint NOT NULL,
    seq bigint NOT NULL,
    place integer NOT NULL,
    request_id bytea,
    account_id bigint NOT NULL,
    command text NOT NULL,
    instrument_id bigint,
    direction smallint,
    margin bigint,
    leverage bigint,
    position_id bigint,
    reject_reason smallint NOT NULL,
    PRIMARY KEY (ms, seq, place)
);
COMMENT ON TABLE desk_commands IS
    'Every command of the desk, from the journal, with what became of it: the audit trail.';
CREATE INDEX desk_commands_by_request ON desk_commands (request_id);

CREATE TABLE request_latency (
    request_id bytea PRIMARY KEY,
    user_id bigint,
    command text NOT NULL,
    success boolean NOT NULL,
    error text,
    latency_ms integer NOT NULL,
    answered_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE request_latency IS
    'How a gateway answered, as it measured it. Unlike the trail it may lose rows in a crash.';

CREATE VIEW orders AS
SELECT coalesce(encode(coalesce(c.request_id, l.request_id), 'hex')::uuid::text,
                c.ms || '-' || c.seq || '-' || c.place) AS "orderId",
       coalesce(u.id, l.user_id) AS "user",
       coalesce(c.command, l.command) AS command,
       k.underlying AS asset,
       CASE c.direction WHEN 1 THEN 'LONG' WHEN -1 THEN 'SHORT' END AS direction,
       c.margin AS amount,
       c.leverage,
       c.position_id::text AS "tradeId",
       CASE
           WHEN c.ms IS NULL THEN CASE WHEN l.success THEN 'SUCCESS' ELSE 'ERROR' END
           WHEN c.reject_reason = 0 THEN 'SUCCESS'
           ELSE 'ERROR'
       END AS status,
       l.latency_ms AS latency
FROM desk_commands AS c
FULL JOIN request_latency AS l USING (request_id)
LEFT JOIN contracts AS k ON k.instrument_id = c.instrument_id
LEFT JOIN accounts AS a ON a.account_id = c.account_id
LEFT JOIN users AS u ON u.id = a.user_key;
COMMENT ON VIEW orders IS 'One row for each command of the broker; amount in the smallest unit.';

CREATE VIEW trades AS
SELECT p.position_id::text AS "tradeId",
       a.user_key AS "user",
       k.underlying AS asset,
       CASE p.direction WHEN 1 THEN 'LONG' ELSE 'SHORT' END AS direction,
       p.margin, s.decimals AS "marginDecimals", p.leverage,
       p.entry_price AS "entryPrice",
       nullif(p.liquidation_price, 0) AS "liquidationPrice",
       nullif(p.stop_loss, 0) AS "stopLossPrice",
       nullif(p.take_profit, 0) AS "takeProfitPrice",
       nullif(p.exit_price, 0) AS "exitPrice",
       k.price_decimals AS "priceDecimals",
       p.pnl,
       CASE p.status
           WHEN 0 THEN 'OPEN' WHEN 1 THEN 'CLOSED' WHEN 2 THEN 'LIQUIDATED'
           WHEN 3 THEN 'STOP_LOSS' ELSE 'TAKE_PROFIT'
       END AS status,
       to_timestamp(p.opened_ms / 1000.0) AS created,
       to_timestamp(p.updated_ms / 1000.0) AS updated
FROM positions AS p
JOIN contracts AS k USING (instrument_id)
JOIN assets AS s ON s.asset_id = k.asset_id
JOIN accounts AS a USING (account_id);
COMMENT ON VIEW trades IS 'Positions by the names of the broker API; money in the smallest unit.';
