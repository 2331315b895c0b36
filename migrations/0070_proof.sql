SET lock_timeout = '5s';
SET statement_timeout = '60s';

-- What proves the logs: the nodes of their trees, signed checkpoints, and who cosigned them. All but the signatures can be
-- made again from the leaves. One signer at a time moves a log's mark, by compare-and-set, in the transaction that
-- writes what it signed: one that was overtaken publishes nothing.

CREATE TABLE log_proof (
    log_id bigint PRIMARY KEY,
    position bigint NOT NULL CHECK (position >= 0),
    holder text,
    lease_until timestamptz NOT NULL DEFAULT '-infinity',
    stopped text,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);
COMMENT ON TABLE log_proof IS 'How far the stored nodes of each log''s tree have come, and who adds to them.';
COMMENT ON COLUMN log_proof.log_id IS '[open] The log.';
COMMENT ON COLUMN log_proof.position IS '[open] The last leaf that the nodes contain. Moves only together with them.';
COMMENT ON COLUMN log_proof.holder IS '[open] Who signs it at present.';
COMMENT ON COLUMN log_proof.lease_until IS '[open] Until when nobody else does.';
COMMENT ON COLUMN log_proof.stopped IS '[open] Why it does not go on, where it does not: the log is not what was signed before.';
COMMENT ON COLUMN log_proof.updated_at IS '[open] When it moved last.';

CREATE TABLE log_tile (
    log_id bigint NOT NULL,
    level bigint NOT NULL CHECK (level >= 0),
    number bigint NOT NULL CHECK (number >= 0),
    hashes bytea NOT NULL CHECK (octet_length(hashes) BETWEEN 32 AND 512 AND octet_length(hashes) % 32 = 0),
    PRIMARY KEY (log_id, level, number)
);
COMMENT ON TABLE log_tile IS 'Nodes of each log''s Merkle tree, sixteen side by side, so that a proof reads a handful of rows.';
COMMENT ON COLUMN log_tile.log_id IS '[open] The log.';
COMMENT ON COLUMN log_tile.level IS '[open] 0: hashes of leaves; above: of full tiles of the level below.';
COMMENT ON COLUMN log_tile.number IS '[open] From the left, from 0.';
COMMENT ON COLUMN log_tile.hashes IS '[open] Up to sixteen, 32 bytes each; only ever added to.';
-- Hashes do not compress, and stay in the row.
ALTER TABLE log_tile ALTER COLUMN hashes SET STORAGE PLAIN;

CREATE TABLE log_checkpoint (
    log_id bigint NOT NULL,
    size bigint NOT NULL CHECK (size >= 1),
    origin text NOT NULL,
    root bytea NOT NULL CHECK (octet_length(root) = 32),
    note bytea NOT NULL,
    signed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (log_id, size)
);
COMMENT ON TABLE log_checkpoint IS 'Signed checkpoints: how a log stood. Kept where they were cosigned, and for a day.';
COMMENT ON COLUMN log_checkpoint.log_id IS '[open] The log.';
COMMENT ON COLUMN log_checkpoint.size IS '[open] How many leaves it had.';
COMMENT ON COLUMN log_checkpoint.origin IS '[open] Installation, log and incarnation, as the note names them.';
COMMENT ON COLUMN log_checkpoint.root IS '[open] What all of them hash to.';
COMMENT ON COLUMN log_checkpoint.note IS '[open] The checkpoint as it was signed (C2SP signed-note).';
COMMENT ON COLUMN log_checkpoint.signed_at IS '[open] When it was signed.';

CREATE TABLE log_cosignature (
    log_id bigint NOT NULL,
    size bigint NOT NULL,
    witness text NOT NULL,
    line text NOT NULL,
    cosigned_at timestamptz NOT NULL,
    PRIMARY KEY (log_id, size, witness)
);
COMMENT ON TABLE log_cosignature IS 'Which witnesses found a checkpoint to go on from the one that they had seen before.';
COMMENT ON COLUMN log_cosignature.log_id IS '[open] The log.';
COMMENT ON COLUMN log_cosignature.size IS '[open] The checkpoint.';
COMMENT ON COLUMN log_cosignature.witness IS '[open] The witness, as the policy names it.';
COMMENT ON COLUMN log_cosignature.line IS '[open] Its signature (C2SP tlog-cosignature).';
COMMENT ON COLUMN log_cosignature.cosigned_at IS '[open] When, as the witness says and signed.';

CREATE TABLE log_witness (
    log_id bigint NOT NULL,
    witness text NOT NULL,
    size bigint NOT NULL DEFAULT 0 CHECK (size >= 0),
    asked_at timestamptz NOT NULL,
    fault text,
    PRIMARY KEY (log_id, witness)
) WITH (fillfactor = 50);
COMMENT ON TABLE log_witness IS 'What each witness is known to have seen of a log, and how it answered last.';
COMMENT ON COLUMN log_witness.log_id IS '[open] The log.';
COMMENT ON COLUMN log_witness.witness IS '[open] The witness, as the policy names it.';
COMMENT ON COLUMN log_witness.size IS '[open] The newest checkpoint that it has seen.';
COMMENT ON COLUMN log_witness.asked_at IS '[open] When it was asked last.';
COMMENT ON COLUMN log_witness.fault IS '[open] Why it did not cosign, where it did not.';

GRANT SELECT, INSERT, UPDATE ON log_proof, log_tile, log_witness TO hub_app;
GRANT SELECT, INSERT, DELETE ON log_checkpoint TO hub_app;
GRANT SELECT, INSERT ON log_cosignature TO hub_app;
