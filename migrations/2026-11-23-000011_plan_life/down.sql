DROP INDEX commitment_links_from_id_to_id_kind_key;
ALTER TABLE commitment_links ADD CONSTRAINT commitment_links_from_id_to_id_kind_key UNIQUE (from_id, to_id, kind);
ALTER TABLE assessments DROP COLUMN withdrawn_at, DROP COLUMN withdrawn_reason;
ALTER TABLE milestones DROP COLUMN withdrawn_at, DROP COLUMN withdrawn_reason;
ALTER TABLE commitment_links DROP COLUMN withdrawn_at, DROP COLUMN withdrawn_reason;
ALTER TABLE commitments DROP COLUMN withdrawn_at, DROP COLUMN withdrawn_reason;
ALTER TABLE institutions DROP COLUMN withdrawn_at, DROP COLUMN withdrawn_reason;
ALTER TABLE members DROP COLUMN withdrawn_at, DROP COLUMN withdrawn_reason;
ALTER TABLE action_plans DROP COLUMN status, DROP COLUMN public_since, DROP COLUMN withdrawn_at, DROP COLUMN withdrawn_reason;
