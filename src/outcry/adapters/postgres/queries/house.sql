-- What the house has won and lost, from every close of a position. Its result is minus the trader's.

-- name: by_day
-- Count. Newest day (UTC) first.
SELECT to_char(to_timestamp(c.ms / 86400000 * 86400) AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS of,
       k.asset_id, count(*) AS closes, -sum(c.pnl) AS result, sum(c.shortfall) AS shortfall
FROM position_closes AS c JOIN contracts AS k USING (instrument_id)
GROUP BY c.ms / 86400000, k.asset_id
ORDER BY c.ms / 86400000 DESC, k.asset_id
LIMIT $1;

-- name: by_contract
-- Count. Largest loss first.
SELECT k.underlying AS of, k.asset_id, count(*) AS closes, -sum(c.pnl) AS result,
       sum(c.shortfall) AS shortfall
FROM position_closes AS c JOIN contracts AS k USING (instrument_id)
GROUP BY k.underlying, k.asset_id
ORDER BY result, of
LIMIT $1;

-- name: by_account
-- Count. The account that has won most comes first.
SELECT 'account ' || c.account_id || coalesce(' ' || u.email, '') AS of, k.asset_id,
       count(*) AS closes, -sum(c.pnl) AS result, sum(c.shortfall) AS shortfall
FROM position_closes AS c JOIN contracts AS k USING (instrument_id)
LEFT JOIN accounts AS a ON a.account_id = c.account_id
LEFT JOIN users AS u ON u.id = a.user_key
GROUP BY c.account_id, u.email, k.asset_id
ORDER BY result, c.account_id
LIMIT $1;
