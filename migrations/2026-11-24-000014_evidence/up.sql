-- Evidence: links and files of a member, attached to what they prove.

-- What is stored, by its SHA-256: the same content once, however many pieces of evidence have it.
CREATE TABLE files (
    sha256     text        NOT NULL CONSTRAINT files_pkey PRIMARY KEY CONSTRAINT files_sha256_check CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    size       bigint      NOT NULL CONSTRAINT files_size_check CHECK (size > 0),
    stored_at  timestamptz NOT NULL,
    -- When the bytes went because whatever had them was withdrawn; the same content can come again.
    removed_at timestamptz
);

ALTER TABLE evidence
    -- Whose it is: what it is attached to is the same member's.
    ADD COLUMN member_id uuid CONSTRAINT evidence_member_id_fkey REFERENCES members,
    ADD COLUMN kind text CONSTRAINT evidence_kind_check
        CHECK (kind IN ('web_page', 'document', 'report', 'minutes', 'legal_act', 'dataset', 'news', 'photo', 'video', 'other')),
    ADD COLUMN language text,
    -- What it shows, in words.
    ADD COLUMN shows jsonb NOT NULL DEFAULT '{}' CONSTRAINT evidence_shows_check CHECK (jsonb_typeof(shows) = 'object'),
    -- When somebody read it there.
    ADD COLUMN retrieved_on date,
    ADD COLUMN sha256 text CONSTRAINT evidence_sha256_fkey REFERENCES files,
    ADD COLUMN file_name text CONSTRAINT evidence_file_name_check CHECK (length(file_name) BETWEEN 1 AND 255),
    -- Of the piece, not of the content: the same bytes can be plain text and CSV.
    ADD COLUMN media_type text,
    ADD COLUMN size bigint,
    -- Since when the public can see something that it is attached to.
    ADD COLUMN public_since timestamptz,
    ADD COLUMN withdrawn_at timestamptz,
    ADD COLUMN withdrawn_reason text,
    ALTER COLUMN commitment_id DROP NOT NULL,
    ALTER COLUMN key DROP NOT NULL,
    ALTER COLUMN position DROP NOT NULL,
    ALTER COLUMN relation DROP NOT NULL,
    ALTER COLUMN url DROP NOT NULL;
-- What is there came with imports: links of commitments.
UPDATE evidence e SET
    member_id = p.member_id,
    public_since = CASE WHEN p.public_since IS NOT NULL THEN greatest(e.created_at, p.public_since) END,
    kind = CASE WHEN e.url ~* '\.(pdf|docx?|xlsx?|odt|ods)$' THEN 'document' ELSE 'web_page' END
    FROM commitments c JOIN action_plans p ON p.id = c.plan_id WHERE c.id = e.commitment_id;
ALTER TABLE evidence
    ALTER COLUMN member_id SET NOT NULL,
    ALTER COLUMN kind SET NOT NULL,
    ALTER COLUMN shows DROP DEFAULT,
    -- What imports say of it, they say whole.
    ADD CONSTRAINT evidence_commitment_id_key_position_relation_check
        CHECK (num_nulls(commitment_id, key, position, relation) IN (0, 4)),
    ADD CONSTRAINT evidence_link_or_file_check CHECK (num_nonnulls(url, sha256) = 1),
    ADD CONSTRAINT evidence_file_check CHECK (num_nonnulls(sha256, file_name, media_type, size) IN (0, 4)),
    ADD CONSTRAINT evidence_withdrawn_has_reason_check CHECK (num_nonnulls(withdrawn_at, withdrawn_reason) IN (0, 2));
-- A member's evidence; also serves the foreign key.
CREATE INDEX evidence_member_id_idx ON evidence (member_id);
-- What has some content; also serves the foreign key.
CREATE INDEX evidence_sha256_idx ON evidence (sha256);
-- Pages of all evidence, newest first; finds what was made long ago and never used.
CREATE INDEX evidence_created_at_idx ON evidence (created_at, id);

-- What a piece of evidence is attached to: exactly one thing. Never changed, never taken back once public.
CREATE TABLE evidence_uses (
    id                 uuid        NOT NULL CONSTRAINT evidence_uses_pkey PRIMARY KEY,
    evidence_id        uuid        NOT NULL CONSTRAINT evidence_uses_evidence_id_fkey REFERENCES evidence,
    progress_update_id uuid        CONSTRAINT evidence_uses_progress_update_id_fkey REFERENCES progress_updates,
    milestone_id       uuid        CONSTRAINT evidence_uses_milestone_id_fkey REFERENCES milestones,
    assessment_id      uuid        CONSTRAINT evidence_uses_assessment_id_fkey REFERENCES assessments,
    -- Its place among the evidence of that thing, from 0.
    position           smallint    NOT NULL CONSTRAINT evidence_uses_position_check CHECK (position >= 0),
    attached_at        timestamptz NOT NULL,
    CONSTRAINT evidence_uses_one_thing_check CHECK (num_nonnulls(progress_update_id, milestone_id, assessment_id) = 1),
    -- These also serve the foreign keys.
    CONSTRAINT evidence_uses_progress_update_id_evidence_id_key UNIQUE (progress_update_id, evidence_id),
    CONSTRAINT evidence_uses_milestone_id_evidence_id_key UNIQUE (milestone_id, evidence_id),
    CONSTRAINT evidence_uses_assessment_id_evidence_id_key UNIQUE (assessment_id, evidence_id)
);
-- What one piece is attached to; also serves the foreign key.
CREATE INDEX evidence_uses_evidence_id_idx ON evidence_uses (evidence_id);

CREATE FUNCTION evidence_uses_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A draft that never was public may go, with what was attached in it.
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM commitments c JOIN action_plans p ON p.id = c.plan_id
        WHERE p.public_since IS NULL AND c.id = coalesce(
            (SELECT m.commitment_id FROM milestones m WHERE m.id = coalesce(OLD.milestone_id,
                (SELECT u.milestone_id FROM progress_updates u WHERE u.id = OLD.progress_update_id))),
            (SELECT a.commitment_id FROM assessments a WHERE a.id = OLD.assessment_id)))
    THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'evidence_uses is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER evidence_uses_no_change BEFORE UPDATE OR DELETE ON evidence_uses
    FOR EACH ROW EXECUTE FUNCTION evidence_uses_stay();
CREATE TRIGGER evidence_uses_no_truncate BEFORE TRUNCATE ON evidence_uses
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_uses_stay();
-- Always: a session that poses as a replica skips ordinary triggers.
ALTER TABLE evidence_uses ENABLE ALWAYS TRIGGER evidence_uses_no_change;
ALTER TABLE evidence_uses ENABLE ALWAYS TRIGGER evidence_uses_no_truncate;
