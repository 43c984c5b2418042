-- What a venue needs besides the two streams to come back from PostgreSQL alone.

CREATE TABLE quarantine (
    ms bigint NOT NULL,
    seq bigint NOT NULL,
    index integer NOT NULL,
    PRIMARY KEY (ms, seq, index)
);
COMMENT ON TABLE quarantine IS
    'Commands that made an engine fail and were answered without being applied, by entry and place.';

CREATE TABLE snapshots (
    ms bigint NOT NULL,
    seq bigint NOT NULL,
    content bytea NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    held boolean NOT NULL DEFAULT false,
    set_aside boolean NOT NULL DEFAULT false,
    PRIMARY KEY (ms, seq)
);
COMMENT ON TABLE snapshots IS 'Engine snapshots, byte for byte what a snapshot file would hold.';
COMMENT ON COLUMN snapshots.held IS 'The one that views start from while the recorder is behind.';
COMMENT ON COLUMN snapshots.set_aside IS 'Of a history that was lost: kept to look at, never used.';
-- Compressed already.
ALTER TABLE snapshots ALTER COLUMN content SET STORAGE EXTERNAL;
