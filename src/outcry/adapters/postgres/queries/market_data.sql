-- What anybody asks about the past of an instrument. Each answer carries the recorder's offset.

-- name: trades
-- Instrument, limit, offset. Trade ids count up from 1 in each instrument.
SELECT r.ms AS upto_ms, r.seq AS upto_seq, t.*
FROM recorder_offset AS r LEFT JOIN LATERAL (
    SELECT * FROM spot_trades
    WHERE instrument_id = $1
    ORDER BY trade_id DESC
    LIMIT $2 OFFSET $3
) AS t ON true
ORDER BY t.trade_id DESC;

-- name: candles
-- Instrument, interval, start, end (not included); and the last candle before the start.
SELECT r.ms AS upto_ms, r.seq AS upto_seq, k.*
FROM recorder_offset AS r LEFT JOIN LATERAL (
    (
        SELECT * FROM candles
        WHERE instrument_id = $1 AND interval = $2 AND start_ms < $3
        ORDER BY start_ms DESC
        LIMIT 1
    )
    UNION ALL
    SELECT * FROM candles
    WHERE instrument_id = $1 AND interval = $2 AND start_ms >= $3 AND start_ms < $4
) AS k ON true
ORDER BY k.start_ms;

-- name: candles_of_a_second
-- Seconds are not kept: they are folded from the trades when asked for. Instrument, start, end,
-- quote units of one lot at a price of one tick.
SELECT r.ms AS upto_ms, r.seq AS upto_seq, k.*
FROM recorder_offset AS r LEFT JOIN LATERAL (
    SELECT
        instrument_id,
        '1s' AS interval,
        traded_ms / 1000 * 1000 AS start_ms,
        (array_agg(price ORDER BY trade_id))[1] AS open,
        max(price) AS high,
        min(price) AS low,
        (array_agg(price ORDER BY trade_id DESC))[1] AS close,
        sum(quantity)::bigint AS volume,
        sum(price::numeric * quantity * $4)::bigint AS quote_volume,
        count(*) AS trades
    FROM spot_trades
    WHERE instrument_id = $1
        AND traded_ms < ($3::bigint + 999) / 1000 * 1000
        AND traded_ms >= least($2, (
            SELECT traded_ms / 1000 * 1000 FROM spot_trades
            WHERE instrument_id = $1 AND traded_ms < $2
            ORDER BY traded_ms DESC LIMIT 1
        ))
    GROUP BY instrument_id, traded_ms / 1000 * 1000
) AS k ON true
ORDER BY k.start_ms;

-- name: units
-- What makes quote units of ticks and lots.
SELECT
    a.decimals AS quote_decimals, i.price_decimals, i.tick_size, i.quantity_decimals, i.lot_size
FROM instruments AS i JOIN assets AS a ON a.asset_id = i.quote_asset_id
WHERE i.instrument_id = $1;
