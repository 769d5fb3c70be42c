-- The table before knows only links of commitments: anything else would be lost, or public again.
DO $$
BEGIN
    IF EXISTS (SELECT FROM evidence WHERE commitment_id IS NULL OR withdrawn_at IS NOT NULL) THEN
        RAISE EXCEPTION 'evidence is stored that stands by itself, or that is withdrawn; going back would lose it';
    END IF;
END
$$;
DROP TABLE evidence_uses;
DROP FUNCTION evidence_uses_stay;
DROP INDEX evidence_created_at_idx;
ALTER TABLE evidence
    DROP CONSTRAINT evidence_commitment_id_key_position_relation_check,
    DROP CONSTRAINT evidence_link_or_file_check,
    DROP CONSTRAINT evidence_file_check,
    DROP CONSTRAINT evidence_withdrawn_has_reason_check,
    DROP COLUMN member_id,
    DROP COLUMN kind,
    DROP COLUMN language,
    DROP COLUMN shows,
    DROP COLUMN retrieved_on,
    DROP COLUMN sha256,
    DROP COLUMN file_name,
    DROP COLUMN media_type,
    DROP COLUMN size,
    DROP COLUMN public_since,
    DROP COLUMN withdrawn_at,
    DROP COLUMN withdrawn_reason,
    ALTER COLUMN commitment_id SET NOT NULL,
    ALTER COLUMN key SET NOT NULL,
    ALTER COLUMN position SET NOT NULL,
    ALTER COLUMN relation SET NOT NULL,
    ALTER COLUMN url SET NOT NULL;
DROP TABLE files;
