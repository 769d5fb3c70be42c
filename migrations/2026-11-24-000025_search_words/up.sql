-- Words, as search sees them: without case and diacritics, cut to their stems, and how alike they are.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm') THEN
        RAISE EXCEPTION 'search needs PostgreSQL''s extension pg_trgm, which this server does not have: install its contrib modules (the package postgresql-contrib, or postgresql itself on Debian and Ubuntu) and start again';
    END IF;
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'search needs the extension pg_trgm, and this role may not create it: give it CREATE on the database, or let somebody who has it run CREATE EXTENSION pg_trgm there, and start again';
END
$$;

-- A text in lower case without diacritics: words of letters and digits, with one space between them. `ș` and
-- `ş` are one letter, however it is encoded.
CREATE FUNCTION search_fold(written text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
        SELECT trim(regexp_replace(
            lower(regexp_replace(
                normalize(replace(replace(replace(translate(written, 'đĐłŁøØıÆŒ', 'dDlLoOiæœ'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), NFKD),
                '[\u0300-\u036F]+', '', 'g')),
            '[\u0001-/:-@[-`{-\u00BF\u00D7\u00F7\u2000-\u2BFF\u2E00-\u2E7F\u3000-\u303F\uFE00-\uFE0F\uFEFF\uFFF0-\uFFFF]+', ' ', 'g'))
    $$;

-- The letter that stands before each word of a language: stemming is a matter of language.
CREATE FUNCTION search_language(tag text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT CASE split_part(coalesce(tag, ''), '-', 1) WHEN 'ro' THEN 'r' WHEN 'en' THEN 'e' ELSE 'o' END $$;

-- The stems of a word in one language, without diacritics. The Romanian stemmer knows the letters with a
-- cedilla; a word that was written without diacritics is stemmed as it stands.
CREATE FUNCTION search_stems(language text, written text) RETURNS text[] LANGUAGE sql STABLE STRICT PARALLEL SAFE
    AS $$
        SELECT ARRAY(
            SELECT DISTINCT language || search_fold(stem)
            FROM unnest(CASE language
                WHEN 'r' THEN ts_lexize('romanian_stem', translate(normalize(written, NFC), 'șțȘȚŞŢĂÂÎ', 'şţşţşţăâî'))
                    || ts_lexize('romanian_stem', search_fold(written))
                WHEN 'e' THEN ts_lexize('english_stem', search_fold(written))
            END) stem
            ORDER BY 1)
    $$;

-- Every word that was ever found in a text, by language: what a word that is asked for may stand for.
CREATE TABLE search_words (
    language text   NOT NULL CONSTRAINT search_words_language_check CHECK (language IN ('r', 'e', 'o')),
    word     text   NOT NULL,
    stems    text[] NOT NULL,
    CONSTRAINT search_words_pkey PRIMARY KEY (language, word)
);
-- Other forms of a word.
CREATE INDEX search_words_stems_idx ON search_words USING gin (stems);
-- Words that are written nearly alike.
CREATE INDEX search_words_word_idx ON search_words USING gin (word gin_trgm_ops);

-- Words that a mistyped one may mean, the likest first; how many letters differ is for the caller to see.
CREATE FUNCTION search_alike(mistyped text) RETURNS TABLE (language text, word text) LANGUAGE sql STABLE
    SET pg_trgm.similarity_threshold = 0.2
    AS $$
        SELECT w.language, w.word FROM search_words w
        WHERE w.word % mistyped AND length(w.word) BETWEEN length(mistyped) - 2 AND length(mistyped) + 2
        ORDER BY similarity(w.word, mistyped) DESC, w.word, w.language LIMIT 60
    $$;

-- Any of these words, as documents have them: letters and digits behind the letter of the language. Null where there
-- are none.
CREATE FUNCTION search_any(lexemes text[], begun boolean) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
        SELECT string_agg('''' || lexeme || '''' || CASE WHEN begun THEN ':*' ELSE '' END, ' | ')::tsquery
        FROM unnest(lexemes) lexeme
    $$;
