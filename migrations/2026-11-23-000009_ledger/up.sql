-- The record of every change of the data: who, what, when, why. Appended in the change's own
-- transaction and never altered; history and "as of" read it.
CREATE TABLE ledger_entries (
    -- UUIDv7: later entries of one writer sort after earlier ones.
    id              uuid        NOT NULL CONSTRAINT ledger_entries_pkey PRIMARY KEY,
    recorded_at     timestamptz NOT NULL,
    action          text        NOT NULL CONSTRAINT ledger_entries_action_check
                                CHECK (action IN ('created', 'changed', 'published', 'withdrawn', 'deleted')),
    kind            text        NOT NULL CONSTRAINT ledger_entries_kind_check CHECK (kind ~ '^[a-z][a-z_]{0,59}$'),
    -- No foreign key: what was deleted as a draft stays in the record.
    resource_id     uuid        NOT NULL,
    -- The name that people use: code or slug at that time.
    code            text,
    version         bigint      NOT NULL CONSTRAINT ledger_entries_version_check CHECK (version > 0),
    -- Whose it is, and in which plan; null for what belongs to nobody.
    member_id       uuid,
    plan_id         uuid,
    -- Whether the public could see the thing after the change.
    public          boolean     NOT NULL,
    -- Canonical JSON (RFC 8785), as text: its bytes are what is to be proved later.
    state           text        NOT NULL,
    difference      text        NOT NULL,
    -- A pseudonym: names stay with accounts and can be erased there.
    actor_id        uuid        NOT NULL,
    actor_role      text        NOT NULL,
    actor_member_id uuid,
    reason          text,
    request_id      uuid
);
-- The history of one thing.
CREATE INDEX ledger_entries_resource_id_id_idx ON ledger_entries (resource_id, id);
-- The history of everything in a plan.
CREATE INDEX ledger_entries_plan_id_id_idx ON ledger_entries (plan_id, id);

CREATE FUNCTION ledger_entries_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger_entries is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER ledger_entries_no_change BEFORE UPDATE OR DELETE ON ledger_entries
    FOR EACH ROW EXECUTE FUNCTION ledger_entries_stay();
CREATE TRIGGER ledger_entries_no_truncate BEFORE TRUNCATE ON ledger_entries
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_entries_stay();
-- Always: a session that poses as a replica skips ordinary triggers.
ALTER TABLE ledger_entries ENABLE ALWAYS TRIGGER ledger_entries_no_change;
ALTER TABLE ledger_entries ENABLE ALWAYS TRIGGER ledger_entries_no_truncate;
