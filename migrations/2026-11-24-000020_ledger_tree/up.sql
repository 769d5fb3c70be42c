-- The public record as a tree (RFC 6962): what is public is numbered once, in the order in which it was
-- committed, and hashed; whoever has a signed checkpoint notices when anything before it changes.

-- Which transaction wrote an entry. All below the oldest that still runs have ended, so a sequencer need
-- not look at them again, and no writer waits for it. What was there before is of this transaction.
ALTER TABLE ledger_entries ADD COLUMN transaction bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint);
-- What the sequencer has not numbered yet.
CREATE INDEX ledger_entries_transaction_id_idx ON ledger_entries (transaction, id) WHERE public;
-- The keys that sign checkpoints are few among very many entries.
CREATE INDEX ledger_entries_kind_id_idx ON ledger_entries (kind, id) WHERE kind = 'log_key';

-- The name of this log, where nobody chooses another: another database is another log.
CREATE TABLE ledger_logs (
    single boolean NOT NULL DEFAULT true CONSTRAINT ledger_logs_pkey PRIMARY KEY
                   CONSTRAINT ledger_logs_single_check CHECK (single),
    id     uuid    NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO ledger_logs DEFAULT VALUES;

-- The place of each public entry, and the hash of its canonical document.
CREATE TABLE ledger_leaves (
    index     bigint NOT NULL CONSTRAINT ledger_leaves_pkey PRIMARY KEY
                     CONSTRAINT ledger_leaves_index_check CHECK (index >= 0),
    entry_id  uuid   NOT NULL CONSTRAINT ledger_leaves_entry_id_key UNIQUE
                     CONSTRAINT ledger_leaves_entry_id_fkey REFERENCES ledger_entries (id),
    leaf_hash bytea  NOT NULL CONSTRAINT ledger_leaves_leaf_hash_check CHECK (length(leaf_hash) = 32)
);

-- The complete subtrees above the leaves: node `index` of `level` covers the leaves from
-- index * 2^level on, 2^level of them. A proof reads a few of them, never the leaves.
CREATE TABLE ledger_nodes (
    level smallint NOT NULL CONSTRAINT ledger_nodes_level_check CHECK (level BETWEEN 1 AND 62),
    index bigint   NOT NULL CONSTRAINT ledger_nodes_index_check CHECK (index >= 0),
    hash  bytea    NOT NULL CONSTRAINT ledger_nodes_hash_check CHECK (length(hash) = 32),
    CONSTRAINT ledger_nodes_pkey PRIMARY KEY (level, index)
);

-- What was signed: one for each time that the tree grew.
CREATE TABLE ledger_checkpoints (
    size      bigint      NOT NULL CONSTRAINT ledger_checkpoints_pkey PRIMARY KEY
                          CONSTRAINT ledger_checkpoints_size_check CHECK (size > 0),
    root      bytea       NOT NULL CONSTRAINT ledger_checkpoints_root_check CHECK (length(root) = 32),
    signed_at timestamptz NOT NULL,
    -- The signed note (C2SP signed-note, tlog-checkpoint), byte by byte.
    note      text        NOT NULL
);
-- The last one of a day.
CREATE INDEX ledger_checkpoints_signed_at_size_idx ON ledger_checkpoints (signed_at, size);

CREATE FUNCTION ledger_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
-- Always, as for the entries: a session that poses as a replica skips ordinary triggers.
DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['ledger_logs', 'ledger_leaves', 'ledger_nodes', 'ledger_checkpoints'] LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION ledger_stays()',
            kept || '_no_change', kept);
        EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION ledger_stays()',
            kept || '_no_truncate', kept);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER %I', kept, kept || '_no_change');
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER %I', kept, kept || '_no_truncate');
    END LOOP;
END
$$;
