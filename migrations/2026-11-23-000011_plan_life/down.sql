-- The tables before know neither drafts nor what was withdrawn: both would be public again.
DO $$
BEGIN
    IF EXISTS (SELECT FROM action_plans WHERE status NOT IN ('published', 'closed'))
        OR EXISTS (SELECT FROM members WHERE withdrawn_at IS NOT NULL)
        OR EXISTS (SELECT FROM institutions WHERE withdrawn_at IS NOT NULL)
        OR EXISTS (SELECT FROM commitments WHERE withdrawn_at IS NOT NULL)
        OR EXISTS (SELECT FROM commitment_links WHERE withdrawn_at IS NOT NULL)
        OR EXISTS (SELECT FROM milestones WHERE withdrawn_at IS NOT NULL)
        OR EXISTS (SELECT FROM assessments WHERE withdrawn_at IS NOT NULL)
    THEN
        RAISE EXCEPTION 'drafts or withdrawn things are stored; going back would make them public';
    END IF;
END
$$;
DROP INDEX commitment_links_from_id_to_id_kind_key;
ALTER TABLE commitment_links ADD CONSTRAINT commitment_links_from_id_to_id_kind_key UNIQUE (from_id, to_id, kind);
ALTER TABLE assessments DROP COLUMN withdrawn_at, DROP COLUMN withdrawn_reason;
ALTER TABLE milestones DROP COLUMN withdrawn_at, DROP COLUMN withdrawn_reason;
ALTER TABLE commitment_links DROP COLUMN withdrawn_at, DROP COLUMN withdrawn_reason;
ALTER TABLE commitments DROP COLUMN withdrawn_at, DROP COLUMN withdrawn_reason;
ALTER TABLE institutions DROP COLUMN withdrawn_at, DROP COLUMN withdrawn_reason;
ALTER TABLE members DROP COLUMN withdrawn_at, DROP COLUMN withdrawn_reason;
ALTER TABLE action_plans DROP COLUMN status, DROP COLUMN public_since, DROP COLUMN withdrawn_at, DROP COLUMN withdrawn_reason;
