-- Entries of the same plan hang together: each names the one before it, below the signed root. So whoever has
-- some of them sees whether one between the first and the last was left out.

-- What was numbered before is of the first form, which names no other entry.
ALTER TABLE ledger_leaves ADD COLUMN format smallint NOT NULL DEFAULT 1
    CONSTRAINT ledger_leaves_format_check CHECK (format BETWEEN 1 AND 2);
ALTER TABLE ledger_leaves ALTER COLUMN format DROP DEFAULT;
-- The entry before it in its strand; null for the first one, and in the first form.
ALTER TABLE ledger_leaves ADD COLUMN previous bigint
    CONSTRAINT ledger_leaves_previous_fkey REFERENCES ledger_leaves (index)
    CONSTRAINT ledger_leaves_previous_check CHECK (previous < index)
    -- A strand does not fork. Also serves the foreign key.
    CONSTRAINT ledger_leaves_previous_key UNIQUE;
ALTER TABLE ledger_leaves ADD CONSTRAINT ledger_leaves_format_previous_check CHECK (format > 1 OR previous IS NULL);
-- What an entry hangs together with: its plan; where it has none, its member; else nil.
ALTER TABLE ledger_leaves ADD COLUMN strand uuid;

-- The one time that rows of this table are written again: nothing that was hashed changes.
ALTER TABLE ledger_leaves DISABLE TRIGGER ledger_leaves_no_change;
UPDATE ledger_leaves l SET strand = coalesce(e.plan_id, e.member_id, '00000000-0000-0000-0000-000000000000')
    FROM ledger_entries e WHERE e.id = l.entry_id;
ALTER TABLE ledger_leaves ENABLE ALWAYS TRIGGER ledger_leaves_no_change;
ALTER TABLE ledger_leaves ALTER COLUMN strand SET NOT NULL;

-- Reads a strand in its order, and finds its end.
CREATE INDEX ledger_leaves_strand_index_idx ON ledger_leaves (strand, index);
