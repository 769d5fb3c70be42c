-- What staff report about milestones, and how their due dates moved.
ALTER TABLE milestones
    -- How much it counts among the milestones of its commitment; all count alike where none is given.
    ADD COLUMN weight smallint CONSTRAINT milestones_weight_check CHECK (weight BETWEEN 1 AND 1000),
    -- Every change of the due date since it was public, oldest first: from, to, when decided, why, by whom.
    -- Part of what the milestone says, so the record keeps it with every state.
    ADD COLUMN reschedulings jsonb NOT NULL DEFAULT '[]'
        CONSTRAINT milestones_reschedulings_check CHECK (jsonb_typeof(reschedulings) = 'array');
ALTER TABLE milestones ALTER COLUMN reschedulings DROP DEFAULT;
-- Finds what was rescheduled, which is a small part.
CREATE INDEX milestones_rescheduled_idx ON milestones (commitment_id) WHERE reschedulings <> '[]';

-- Never edited, never deleted once public: a correction is a new row that supersedes another.
CREATE TABLE progress_updates (
    id              uuid        NOT NULL CONSTRAINT progress_updates_pkey PRIMARY KEY,
    milestone_id    uuid        NOT NULL CONSTRAINT progress_updates_milestone_id_fkey REFERENCES milestones,
    progress        text        NOT NULL CONSTRAINT progress_updates_progress_check
                                CHECK (progress IN ('not_started', 'limited', 'substantial', 'complete')),
    percent         smallint    CONSTRAINT progress_updates_percent_check CHECK (percent BETWEEN 0 AND 100),
    -- When it was so; recorded_at is when we were told.
    effective_on    date        NOT NULL,
    started_on      date,
    completed_on    date,
    narrative       jsonb       NOT NULL CONSTRAINT progress_updates_narrative_check CHECK (jsonb_typeof(narrative) = 'object'),
    challenge       text        CONSTRAINT progress_updates_challenge_check
                                CHECK (challenge IN ('funding_change', 'lack_of_resources', 'priority_shift',
                                                     'approval_delay', 'external_dependency', 'other')),
    challenge_text  jsonb       NOT NULL CONSTRAINT progress_updates_challenge_text_check CHECK (jsonb_typeof(challenge_text) = 'object'),
    -- An update is superseded once; whoever corrects a correction supersedes that one.
    supersedes      uuid        CONSTRAINT progress_updates_supersedes_key UNIQUE
                                CONSTRAINT progress_updates_supersedes_fkey REFERENCES progress_updates,
    -- Why the other one is superseded.
    reason          text,
    -- Who reported: by pseudonym, in which role, for which member.
    actor_id        uuid        NOT NULL,
    actor_role      text        NOT NULL,
    actor_member_id uuid,
    recorded_at     timestamptz NOT NULL,
    CONSTRAINT progress_updates_complete_has_day_check CHECK (progress <> 'complete' OR completed_on IS NOT NULL),
    CONSTRAINT progress_updates_other_has_text_check CHECK (challenge <> 'other' OR challenge_text <> '{}'),
    CONSTRAINT progress_updates_supersedes_has_reason_check CHECK (supersedes IS NULL OR reason IS NOT NULL)
);
-- A milestone's present progress is one step into this index; also serves the foreign key.
CREATE INDEX progress_updates_milestone_id_idx ON progress_updates (milestone_id, effective_on DESC, recorded_at DESC, id DESC);

CREATE FUNCTION progress_updates_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A draft that never was public may go, with what was reported in it.
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM milestones m JOIN commitments c ON c.id = m.commitment_id JOIN action_plans p ON p.id = c.plan_id
        WHERE m.id = OLD.milestone_id AND p.public_since IS NULL)
    THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'progress_updates is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER progress_updates_no_change BEFORE UPDATE OR DELETE ON progress_updates
    FOR EACH ROW EXECUTE FUNCTION progress_updates_stay();
CREATE TRIGGER progress_updates_no_truncate BEFORE TRUNCATE ON progress_updates
    FOR EACH STATEMENT EXECUTE FUNCTION progress_updates_stay();
-- Always: a session that poses as a replica skips ordinary triggers.
ALTER TABLE progress_updates ENABLE ALWAYS TRIGGER progress_updates_no_change;
ALTER TABLE progress_updates ENABLE ALWAYS TRIGGER progress_updates_no_truncate;
