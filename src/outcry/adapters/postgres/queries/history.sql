-- What an account asks about its past.
--
-- Each answer is one statement that also reads the recorder's offset: what the rows hold up to is
-- then known exactly, and newer events complete them. Where there is no row, one comes back with
-- the offset alone. A parameter that is null asks for nothing; plans are made for the parameters
-- at hand (`plan_cache_mode`), so conditions on nulls and the unused half of an ORDER BY vanish.

-- name: orders
-- Account, order or null, instrument or null, placed from, to (included) or null, ascending, limit,
-- offset.
SELECT r.ms AS upto_ms, r.seq AS upto_seq, o.*
FROM recorder_offset AS r LEFT JOIN LATERAL (
    SELECT * FROM spot_orders
    WHERE account_id = $1
        AND ($2::bigint IS NULL OR order_id = $2)
        AND ($3::bigint IS NULL OR instrument_id = $3)
        AND created_ms >= $4
        AND ($5::bigint IS NULL OR created_ms <= $5)
    ORDER BY
        CASE WHEN $6::boolean THEN order_id END ASC,
        CASE WHEN NOT $6::boolean THEN order_id END DESC
    LIMIT $7 OFFSET $8
) AS o ON true
ORDER BY
    CASE WHEN $6::boolean THEN o.order_id END ASC,
    CASE WHEN NOT $6::boolean THEN o.order_id END DESC;

-- name: count_orders
-- Account, order or null, instrument or null, placed from, to (included) or null.
SELECT ms AS upto_ms, seq AS upto_seq, (
    SELECT count(*) FROM spot_orders
    WHERE account_id = $1
        AND ($2::bigint IS NULL OR order_id = $2)
        AND ($3::bigint IS NULL OR instrument_id = $3)
        AND created_ms >= $4
        AND ($5::bigint IS NULL OR created_ms <= $5)
) AS total
FROM recorder_offset;

-- name: fills
-- Account, order or null, instrument or null, from, to (included) or null, ascending, limit,
-- offset. The order's client id is joined to the page that is shown, not to all there is.
SELECT r.ms AS upto_ms, r.seq AS upto_seq, f.*, o.client_id
FROM recorder_offset AS r LEFT JOIN LATERAL (
    SELECT * FROM spot_fills
    WHERE account_id = $1
        AND ($2::bigint IS NULL OR order_id = $2)
        AND ($3::bigint IS NULL OR instrument_id = $3)
        AND traded_ms >= $4
        AND ($5::bigint IS NULL OR traded_ms <= $5)
    ORDER BY
        CASE WHEN $6::boolean THEN traded_ms END ASC,
        CASE WHEN $6::boolean THEN instrument_id END ASC,
        CASE WHEN $6::boolean THEN trade_id END ASC,
        CASE WHEN NOT $6::boolean THEN traded_ms END DESC,
        CASE WHEN NOT $6::boolean THEN instrument_id END DESC,
        CASE WHEN NOT $6::boolean THEN trade_id END DESC
    LIMIT $7 OFFSET $8
) AS f ON true
LEFT JOIN spot_orders AS o ON o.account_id = f.account_id AND o.order_id = f.order_id
ORDER BY
    CASE WHEN $6::boolean THEN f.traded_ms END ASC,
    CASE WHEN $6::boolean THEN f.instrument_id END ASC,
    CASE WHEN $6::boolean THEN f.trade_id END ASC,
    CASE WHEN NOT $6::boolean THEN f.traded_ms END DESC,
    CASE WHEN NOT $6::boolean THEN f.instrument_id END DESC,
    CASE WHEN NOT $6::boolean THEN f.trade_id END DESC;

-- name: count_fills
-- Account, order or null, instrument or null, from, to (included) or null.
SELECT ms AS upto_ms, seq AS upto_seq, (
    SELECT count(*) FROM spot_fills
    WHERE account_id = $1
        AND ($2::bigint IS NULL OR order_id = $2)
        AND ($3::bigint IS NULL OR instrument_id = $3)
        AND traded_ms >= $4
        AND ($5::bigint IS NULL OR traded_ms <= $5)
) AS total
FROM recorder_offset;

-- name: transfers
-- Account, deposits or else withdrawals, from, to (included) or null, ascending, limit, offset.
-- Transfer ids count up with time, so the newest first is the largest first.
SELECT r.ms AS upto_ms, r.seq AS upto_seq, t.*
FROM recorder_offset AS r LEFT JOIN LATERAL (
    SELECT * FROM transfers
    WHERE account_id = $1
        AND (amount > 0) = $2::boolean
        AND made_ms >= $3
        AND ($4::bigint IS NULL OR made_ms <= $4)
    ORDER BY
        CASE WHEN $5::boolean THEN transfer_id END ASC,
        CASE WHEN NOT $5::boolean THEN transfer_id END DESC
    LIMIT $6 OFFSET $7
) AS t ON true
ORDER BY
    CASE WHEN $5::boolean THEN t.transfer_id END ASC,
    CASE WHEN NOT $5::boolean THEN t.transfer_id END DESC;

-- name: count_transfers
-- Account, deposits or else withdrawals, from, to (included) or null.
SELECT ms AS upto_ms, seq AS upto_seq, (
    SELECT count(*) FROM transfers
    WHERE account_id = $1
        AND (amount > 0) = $2::boolean
        AND made_ms >= $3
        AND ($4::bigint IS NULL OR made_ms <= $4)
) AS total
FROM recorder_offset;

-- name: closes
-- Account, limit, offset. A part that is not the last has no triggers: they are the open part's.
SELECT r.ms AS upto_ms, r.seq AS upto_seq, p.*
FROM recorder_offset AS r LEFT JOIN LATERAL (
    SELECT c.position_id, c.account_id, c.instrument_id, o.direction, c.margin,
        c.remaining_margin, o.leverage, 0::bigint AS notional, o.entry_price,
        CASE c.remaining_margin WHEN 0 THEN o.liquidation_price ELSE 0 END AS liquidation_price,
        CASE c.remaining_margin WHEN 0 THEN o.stop_loss ELSE 0 END AS stop_loss,
        CASE c.remaining_margin WHEN 0 THEN o.take_profit ELSE 0 END AS take_profit,
        c.close_price AS exit_price, c.pnl, c.shortfall, c.reason AS status, 0::bigint AS owed,
        o.opened_ms, c.ms AS updated_ms, c.seq, c.place
    FROM position_closes AS c JOIN positions AS o USING (position_id)
    WHERE c.account_id = $1
    ORDER BY c.ms DESC, c.seq DESC, c.place DESC
    LIMIT $2 OFFSET $3
) AS p ON true
ORDER BY p.updated_ms DESC, p.seq DESC, p.place DESC;
