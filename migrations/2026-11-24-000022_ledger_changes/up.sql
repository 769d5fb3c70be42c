-- Where the entry of each leaf belongs: readers who follow the changes of a member, a plan, a kind of things
-- walk one of these indexes from the place that they have reached, however much else there is. Made out of
-- leaves and entries by the database itself, and could be made again; the record is those two.
CREATE TABLE ledger_changes (
    -- No foreign key: it follows the leaves, which never go.
    index     bigint NOT NULL CONSTRAINT ledger_changes_pkey PRIMARY KEY,
    member_id uuid,
    plan_id   uuid,
    kind      text   NOT NULL,
    action    text   NOT NULL
);
INSERT INTO ledger_changes (index, member_id, plan_id, kind, action)
    SELECT l.index, e.member_id, e.plan_id, e.kind, e.action
    FROM ledger_leaves l JOIN ledger_entries e ON e.id = l.entry_id;
CREATE INDEX ledger_changes_member_id_index_idx ON ledger_changes (member_id, index);
CREATE INDEX ledger_changes_plan_id_index_idx ON ledger_changes (plan_id, index);
CREATE INDEX ledger_changes_kind_index_idx ON ledger_changes (kind, index);
CREATE INDEX ledger_changes_action_index_idx ON ledger_changes (action, index);

CREATE FUNCTION ledger_changes_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_changes (index, member_id, plan_id, kind, action)
        SELECT f.index, e.member_id, e.plan_id, e.kind, e.action
        FROM fresh f JOIN ledger_entries e ON e.id = f.entry_id
        -- Only where somebody took leaves away, against all that forbids it.
        ON CONFLICT (index) DO UPDATE SET member_id = excluded.member_id, plan_id = excluded.plan_id,
            kind = excluded.kind, action = excluded.action;
    RETURN NULL;
END
$$;
CREATE TRIGGER ledger_leaves_changes AFTER INSERT ON ledger_leaves
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION ledger_changes_follow();
