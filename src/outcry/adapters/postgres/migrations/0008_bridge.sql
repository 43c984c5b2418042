-- Every close of a position, and the broker's names of everything in the views.

CREATE TABLE position_closes (
    ms bigint NOT NULL,
    seq bigint NOT NULL,
    place integer NOT NULL,
    position_id bigint NOT NULL,
    account_id bigint NOT NULL,
    instrument_id bigint NOT NULL,
    reason smallint NOT NULL,
    margin bigint NOT NULL,
    remaining_margin bigint NOT NULL,
    close_price bigint NOT NULL,
    pnl bigint NOT NULL,
    shortfall bigint NOT NULL,
    PRIMARY KEY (ms, seq, place)
);
COMMENT ON TABLE position_closes IS
    'Each close of a position or of a part of it, by its owner or by a price.';
COMMENT ON COLUMN position_closes.reason IS '1 closed, 2 liquidated, 3 stop loss, 4 take profit.';
COMMENT ON COLUMN position_closes.margin IS 'Of the closed part.';
COMMENT ON COLUMN position_closes.remaining_margin IS '0 for the close that ended the position.';
CREATE INDEX position_closes_by_account ON position_closes (account_id, ms, seq, place);
CREATE INDEX position_closes_by_position ON position_closes (position_id);

-- The closes up to here are in the archive only, from which the recorder copies them once.
CREATE TABLE recorder_copies (
    table_name text PRIMARY KEY
);
COMMENT ON TABLE recorder_copies IS
    'Tables whose rows of earlier entries the recorder has yet to copy from the archive.';
INSERT INTO recorder_copies SELECT 'position_closes' WHERE EXISTS (SELECT FROM positions);

-- Existing columns stay as they are, in their order; the new ones follow.
CREATE OR REPLACE VIEW orders AS
SELECT coalesce(encode(coalesce(c.request_id, l.request_id), 'hex')::uuid::text,
                c.ms || '-' || c.seq || '-' || c.place) AS "orderId",
       coalesce(u.id, l.user_id) AS "user",
       coalesce(c.command, l.command) AS command,
       k.underlying AS asset,
       CASE coalesce(c.direction, p.direction)
           WHEN 1 THEN 'LONG' WHEN -1 THEN 'SHORT'
       END AS direction,
       c.margin AS amount,
       c.leverage,
       c.position_id::text AS "tradeId",
       CASE
           WHEN c.ms IS NOT NULL THEN CASE c.reject_reason WHEN 0 THEN 'SUCCESS' ELSE 'ERROR' END
           WHEN l.success THEN 'SUCCESS'
           -- The gateway has given up waiting, and the recorder has not reached that moment yet.
           WHEN l.error LIKE 'No answer in time%'
               AND r.ms < extract(epoch FROM l.answered_at) * 1000 THEN 'PENDING'
           ELSE 'ERROR'
       END AS status,
       l.latency_ms AS latency,
       coalesce(encode(coalesce(c.request_id, l.request_id), 'hex')::uuid::text,
                c.ms || '-' || c.seq || '-' || c.place) AS id,
       coalesce(u.id, l.user_id) AS "userId",
       coalesce(u.email, lu.email) AS email,
       s.decimals AS "amountDecimals",
       l.latency_ms AS "latencyMs",
       coalesce(to_timestamp(c.ms / 1000.0), l.answered_at) AS "createdAt"
FROM desk_commands AS c
FULL JOIN request_latency AS l USING (request_id)
CROSS JOIN recorder_offset AS r
LEFT JOIN positions AS p ON p.position_id = c.position_id AND p.account_id = c.account_id
LEFT JOIN contracts AS k ON k.instrument_id = coalesce(c.instrument_id, p.instrument_id)
LEFT JOIN assets AS s ON s.asset_id = k.asset_id
LEFT JOIN accounts AS a ON a.account_id = c.account_id
LEFT JOIN users AS u ON u.id = a.user_key
LEFT JOIN users AS lu ON lu.id = l.user_id;
COMMENT ON VIEW orders IS
    'One row for each command of the broker, closes included; amount in the smallest unit.';

CREATE OR REPLACE VIEW trades AS
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
       to_timestamp(p.updated_ms / 1000.0) AS updated,
       p.position_id AS id,
       a.user_key AS "userId",
       u.email,
       k.price_decimals AS "entryPriceDecimals",
       k.price_decimals AS "liquidationPriceDecimals",
       k.price_decimals AS "stopLossPriceDecimals",
       k.price_decimals AS "takeProfitPriceDecimals",
       k.price_decimals AS "exitPriceDecimals",
       s.decimals AS "pnlDecimals",
       p.remaining_margin AS "remainingMargin",
       to_timestamp(p.opened_ms / 1000.0) AS "createdAt",
       to_timestamp(p.updated_ms / 1000.0) AS "updatedAt"
FROM positions AS p
JOIN contracts AS k USING (instrument_id)
JOIN assets AS s ON s.asset_id = k.asset_id
JOIN accounts AS a USING (account_id)
LEFT JOIN users AS u ON u.id = a.user_key;

CREATE VIEW trade_closes AS
SELECT c.ms || '-' || c.seq || '-' || c.place AS id,
       c.position_id::text AS "tradeId",
       a.user_key AS "userId",
       u.email,
       k.underlying AS asset,
       CASE p.direction WHEN 1 THEN 'LONG' ELSE 'SHORT' END AS direction,
       CASE c.reason
           WHEN 1 THEN 'CLOSED' WHEN 2 THEN 'LIQUIDATED' WHEN 3 THEN 'STOP_LOSS'
           ELSE 'TAKE_PROFIT'
       END AS status,
       c.margin, c.remaining_margin AS "remainingMargin", s.decimals AS "marginDecimals",
       p.leverage,
       p.entry_price AS "entryPrice", k.price_decimals AS "entryPriceDecimals",
       c.close_price AS "exitPrice", k.price_decimals AS "exitPriceDecimals",
       c.pnl, c.shortfall, s.decimals AS "pnlDecimals",
       to_timestamp(c.ms / 1000.0) AS "createdAt"
FROM position_closes AS c
JOIN positions AS p USING (position_id)
JOIN contracts AS k ON k.instrument_id = c.instrument_id
JOIN assets AS s ON s.asset_id = k.asset_id
JOIN accounts AS a ON a.account_id = c.account_id
LEFT JOIN users AS u ON u.id = a.user_key;
COMMENT ON VIEW trade_closes IS
    'Each close of a position or of a part of it; money in the smallest unit.';
