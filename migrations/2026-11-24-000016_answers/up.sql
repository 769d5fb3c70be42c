-- What an implementer says to an assessment. Never edited, never deleted once public; it changes nothing of the coding.
CREATE TABLE assessment_answers (
    id              uuid        NOT NULL CONSTRAINT assessment_answers_pkey PRIMARY KEY,
    assessment_id   uuid        NOT NULL CONSTRAINT assessment_answers_assessment_id_fkey REFERENCES assessments,
    text            jsonb       NOT NULL CONSTRAINT assessment_answers_text_check CHECK (jsonb_typeof(text) = 'object' AND text <> '{}'),
    -- Who answers: by pseudonym, in which role, for which member.
    actor_id        uuid        NOT NULL,
    actor_role      text        NOT NULL,
    actor_member_id uuid,
    recorded_at     timestamptz NOT NULL
);
-- Shows the answers of an assessment; also serves the foreign key.
CREATE INDEX assessment_answers_assessment_id_idx ON assessment_answers (assessment_id, recorded_at, id);

CREATE FUNCTION assessment_answers_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A draft that never was public may go, with what was answered in it.
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM assessments a JOIN commitments c ON c.id = a.commitment_id JOIN action_plans p ON p.id = c.plan_id
        WHERE a.id = OLD.assessment_id AND p.public_since IS NULL)
    THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'assessment_answers is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER assessment_answers_no_change BEFORE UPDATE OR DELETE ON assessment_answers
    FOR EACH ROW EXECUTE FUNCTION assessment_answers_stay();
CREATE TRIGGER assessment_answers_no_truncate BEFORE TRUNCATE ON assessment_answers
    FOR EACH STATEMENT EXECUTE FUNCTION assessment_answers_stay();
-- Always: a session that poses as a replica skips ordinary triggers.
ALTER TABLE assessment_answers ENABLE ALWAYS TRIGGER assessment_answers_no_change;
ALTER TABLE assessment_answers ENABLE ALWAYS TRIGGER assessment_answers_no_truncate;
