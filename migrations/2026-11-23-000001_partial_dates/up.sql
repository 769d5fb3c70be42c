-- Dates as plans really print them: a day, a month, a quarter, a year, or only words
-- ("continuous process"). The date inside may be any day of the stated period; what a query
-- may compare is the first and the last day that the words allow.
CREATE TYPE partial_date_parts AS (
    date      date,
    precision text,
    text      text,
    ongoing   boolean
);

CREATE DOMAIN partial_date AS partial_date_parts
    CONSTRAINT partial_date_precision_check
        CHECK ((VALUE).precision IN ('day', 'month', 'quarter', 'year'))
    CONSTRAINT partial_date_date_has_precision_check
        CHECK (((VALUE).date IS NULL) = ((VALUE).precision IS NULL))
    CONSTRAINT partial_date_says_something_check
        CHECK (VALUE IS NULL OR (VALUE).date IS NOT NULL OR (VALUE).text IS NOT NULL OR (VALUE).ongoing)
    CONSTRAINT partial_date_ongoing_check
        CHECK (VALUE IS NULL OR (VALUE).ongoing IS NOT NULL);

-- The same arithmetic as kernel::date::PartialDate::{first_day, last_day}; a test holds them equal.
CREATE FUNCTION partial_date_first_day(d partial_date) RETURNS date
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
        SELECT CASE (d).precision
            WHEN 'day' THEN (d).date
            ELSE date_trunc((d).precision, (d).date::timestamp)::date
        END
    $$;

CREATE FUNCTION partial_date_last_day(d partial_date) RETURNS date
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
        SELECT CASE (d).precision
            WHEN 'day' THEN (d).date
            ELSE (date_trunc((d).precision, (d).date::timestamp)
                + CASE (d).precision
                    WHEN 'month' THEN interval '1 month'
                    WHEN 'quarter' THEN interval '3 months'
                    WHEN 'year' THEN interval '1 year'
                  END
                - interval '1 day')::date
        END
    $$;
