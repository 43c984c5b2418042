-- What the recorder reads when it starts, and writes in each of its transactions.

-- name: offset
-- How far everything in this database goes.
SELECT ms, seq, digest, transfers FROM recorder_offset;

-- name: move_offset
-- The guard: no row comes back when the offset is not where this recorder left it.
-- It goes first, so that of two recorders one waits here for the other and then finds it moved.
UPDATE recorder_offset
SET ms = $1, seq = $2, digest = $3, transfers = $4
WHERE ms = $5 AND seq = $6 AND digest = $7
RETURNING true;

-- name: assets
SELECT asset_id, symbol, name, decimals FROM assets ORDER BY asset_id;

-- name: instruments
SELECT * FROM instruments ORDER BY instrument_id;

-- name: put_balances
-- Balances are stated, not added: the row's key comes once in a group. Money only moves between
-- balances, so per asset what they gained and lost in a group adds up to 0; what does not comes back.
WITH stated AS (
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
        AS s (account_id, asset_id, free, locked)
), put AS (
    INSERT INTO balances (account_id, asset_id, free, locked)
    SELECT * FROM stated
    ON CONFLICT (account_id, asset_id)
        DO UPDATE SET free = excluded.free, locked = excluded.locked
)
SELECT s.asset_id, sum(s.free + s.locked - coalesce(b.free + b.locked, 0))::bigint AS amount
FROM stated AS s LEFT JOIN balances AS b USING (account_id, asset_id)
GROUP BY s.asset_id
HAVING sum(s.free + s.locked - coalesce(b.free + b.locked, 0)) <> 0;

-- name: delete_instruments
-- Those that are stated again in the same transaction.
DELETE FROM instruments WHERE instrument_id = ANY($1::bigint[]);

-- name: change_orders
-- 0 says that what it stands for did not change in this group. No change leaves an order waiting.
UPDATE spot_orders AS o
SET updated_ms = c.updated_ms,
    price = coalesce(nullif(c.price, 0), o.price),
    quantity = coalesce(nullif(c.quantity, 0), o.quantity),
    filled = coalesce(nullif(c.filled, 0), o.filled),
    quote_filled = coalesce(nullif(c.quote_filled, 0), o.quote_filled),
    cancel_reason = c.cancel_reason,
    reject_reason = c.reject_reason,
    triggered_ms = coalesce(nullif(c.triggered_ms, 0), o.triggered_ms),
    status = CASE
        WHEN c.cancel_reason <> 0 THEN 3
        WHEN c.reject_reason <> 0 THEN 5
        WHEN coalesce(nullif(c.filled, 0), o.filled) > 0
            AND coalesce(nullif(c.filled, 0), o.filled)
                = coalesce(nullif(c.quantity, 0), o.quantity) THEN 2
        ELSE 1
    END
FROM unnest(
    $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
    $7::bigint[], $8::smallint[], $9::smallint[], $10::bigint[]
) AS c (
    order_id, account_id, updated_ms, price, quantity, filled, quote_filled, cancel_reason,
    reject_reason, triggered_ms
)
WHERE o.account_id = c.account_id AND o.order_id = c.order_id;

-- name: delete_contracts
-- Those that are stated again in the same transaction.
DELETE FROM contracts WHERE instrument_id = ANY($1::bigint[]);

-- name: change_positions
-- Null says that what it stands for did not change in this group.
UPDATE positions AS p
SET updated_ms = c.updated_ms,
    margin = coalesce(c.margin, p.margin),
    remaining_margin = coalesce(c.remaining_margin, p.remaining_margin),
    notional = coalesce(c.notional, p.notional),
    liquidation_price = coalesce(c.liquidation_price, p.liquidation_price),
    stop_loss = coalesce(c.stop_loss, p.stop_loss),
    take_profit = coalesce(c.take_profit, p.take_profit),
    exit_price = coalesce(c.exit_price, p.exit_price),
    pnl = coalesce(c.pnl, p.pnl),
    shortfall = coalesce(c.shortfall, p.shortfall),
    status = coalesce(c.status, p.status),
    owed = coalesce(c.owed, p.owed)
FROM unnest(
    $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
    $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::smallint[],
    $13::bigint[]
) AS c (
    position_id, updated_ms, margin, remaining_margin, notional, liquidation_price, stop_loss,
    take_profit, exit_price, pnl, shortfall, status, owed
)
WHERE p.position_id = c.position_id;

-- name: begin_copy
-- Of two recorders that copy a table, one waits here for the other and then finds it done.
DELETE FROM recorder_copies WHERE table_name = $1
RETURNING coalesce((SELECT min(opened_ms) FROM positions), 0) AS since_ms;

-- name: merge_candles
-- Adding is exact because the offset moves in the same transaction: no trade is added twice.
INSERT INTO candles AS k (
    instrument_id, interval, start_ms, open, high, low, close, volume, quote_volume, trades
)
SELECT * FROM unnest(
    $1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
    $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[]
)
ON CONFLICT (instrument_id, interval, start_ms) DO UPDATE
SET high = greatest(k.high, excluded.high),
    low = least(k.low, excluded.low),
    close = excluded.close,
    volume = k.volume + excluded.volume,
    quote_volume = k.quote_volume + excluded.quote_volume,
    trades = k.trades + excluded.trades;

-- name: skip_user_keys
-- The engine has accounts of these users. A database that was put back from a copy does not know all
-- of them, and must not give a key of one to the next user.
SELECT setval(pg_get_serial_sequence('users', 'id'), $1)
WHERE $1 > (SELECT coalesce(max(id), 0) FROM users)
    AND $1 > (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM users_id_seq);
