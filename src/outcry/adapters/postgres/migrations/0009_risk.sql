-- What a position owes of the shortfalls of its account's other positions.

ALTER TABLE positions ADD COLUMN owed bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN positions.owed IS 'Shortfalls of other positions that its close will settle.';
