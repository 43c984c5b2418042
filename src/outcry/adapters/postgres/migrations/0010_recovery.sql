-- What the archive lacks after a loss that only a snapshot could bridge.

CREATE TABLE archive_gaps (
    ms bigint NOT NULL,
    seq bigint NOT NULL,
    after_ms bigint NOT NULL,
    after_seq bigint NOT NULL,
    content bytea NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (ms, seq)
);
COMMENT ON TABLE archive_gaps IS
    'Where the archive goes on after entries that nothing has any more, with the state there.';
COMMENT ON COLUMN archive_gaps.after_ms IS 'Last entry archived before the gap; 0-0 for none.';
COMMENT ON COLUMN archive_gaps.content IS 'The engine snapshot at (ms, seq): later replays begin here.';
ALTER TABLE archive_gaps ALTER COLUMN content SET STORAGE EXTERNAL;
