-- The life of an action plan, and the withdrawal of what was public: it leaves the lists and stays
-- readable as what it last said. What was there before this migration is public.
ALTER TABLE action_plans
    ADD COLUMN status text NOT NULL DEFAULT 'published' CONSTRAINT action_plans_status_check
        CHECK (status IN ('draft', 'in_consultation', 'adopted', 'published', 'closed', 'withdrawn')),
    -- When the tracker first showed it to the public; not the day on which it was published.
    ADD COLUMN public_since timestamptz,
    ADD COLUMN withdrawn_at timestamptz,
    ADD COLUMN withdrawn_reason text,
    ADD CONSTRAINT action_plans_withdrawn_check CHECK ((status = 'withdrawn') = (withdrawn_at IS NOT NULL)),
    ADD CONSTRAINT action_plans_public_since_check CHECK (status NOT IN ('published', 'closed') OR public_since IS NOT NULL) NOT VALID;
UPDATE action_plans SET public_since = created_at;
ALTER TABLE action_plans VALIDATE CONSTRAINT action_plans_public_since_check;
ALTER TABLE action_plans ALTER COLUMN status DROP DEFAULT;

ALTER TABLE members ADD COLUMN withdrawn_at timestamptz, ADD COLUMN withdrawn_reason text;
ALTER TABLE institutions ADD COLUMN withdrawn_at timestamptz, ADD COLUMN withdrawn_reason text;
ALTER TABLE commitments ADD COLUMN withdrawn_at timestamptz, ADD COLUMN withdrawn_reason text;
ALTER TABLE commitment_links ADD COLUMN withdrawn_at timestamptz, ADD COLUMN withdrawn_reason text;
ALTER TABLE milestones ADD COLUMN withdrawn_at timestamptz, ADD COLUMN withdrawn_reason text;
ALTER TABLE assessments ADD COLUMN withdrawn_at timestamptz, ADD COLUMN withdrawn_reason text;

-- A withdrawn link does not stand in the way of the same link made anew.
ALTER TABLE commitment_links DROP CONSTRAINT commitment_links_from_id_to_id_kind_key;
CREATE UNIQUE INDEX commitment_links_from_id_to_id_kind_key ON commitment_links (from_id, to_id, kind) WHERE withdrawn_at IS NULL;
