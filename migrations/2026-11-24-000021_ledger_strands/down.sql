-- An entry of the second form cannot be told without the one that it names.
DO $$
BEGIN
    IF EXISTS (SELECT FROM ledger_leaves WHERE format > 1) THEN
        RAISE EXCEPTION 'the public record has entries that name the one before them; without that they are not what was signed';
    END IF;
END
$$;
ALTER TABLE ledger_leaves DROP COLUMN strand, DROP COLUMN previous, DROP COLUMN format;
