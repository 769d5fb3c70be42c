DROP FUNCTION partial_date_last_day(partial_date);
DROP FUNCTION partial_date_first_day(partial_date);
DROP DOMAIN partial_date;
DROP TYPE partial_date_parts;
