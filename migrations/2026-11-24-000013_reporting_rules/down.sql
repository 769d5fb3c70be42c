DROP TABLE reporting_rules;
DROP FUNCTION reporting_rules_stay;
