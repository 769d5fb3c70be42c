DROP FUNCTION search_any(text[], boolean);
DROP FUNCTION search_alike(text);
DROP TABLE search_words;
DROP FUNCTION search_stems(text, text);
DROP FUNCTION search_language(text);
DROP FUNCTION search_fold(text);
DROP EXTENSION pg_trgm;
