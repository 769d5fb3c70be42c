-- What other logs have shown of themselves: whoever is told another history can find out here.
CREATE TABLE ledger_witnessed (
    -- The order in which they were seen.
    number  bigint      NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT ledger_witnessed_pkey PRIMARY KEY,
    -- The name of the log, and the state that it has signed.
    origin  text        NOT NULL,
    size    bigint      NOT NULL CONSTRAINT ledger_witnessed_size_check CHECK (size > 0),
    root    bytea       NOT NULL CONSTRAINT ledger_witnessed_root_check CHECK (length(root) = 32),
    note    text        NOT NULL,
    seen_at timestamptz NOT NULL,
    -- Two roots of one size are kept: together they prove a fork.
    CONSTRAINT ledger_witnessed_origin_size_root_key UNIQUE (origin, size, root)
);
CREATE TRIGGER ledger_witnessed_no_change BEFORE UPDATE OR DELETE ON ledger_witnessed
    FOR EACH ROW EXECUTE FUNCTION ledger_stays();
CREATE TRIGGER ledger_witnessed_no_truncate BEFORE TRUNCATE ON ledger_witnessed
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_stays();
-- Always: a session that poses as a replica skips ordinary triggers.
ALTER TABLE ledger_witnessed ENABLE ALWAYS TRIGGER ledger_witnessed_no_change;
ALTER TABLE ledger_witnessed ENABLE ALWAYS TRIGGER ledger_witnessed_no_truncate;
