DROP TABLE assessment_answers;
DROP FUNCTION assessment_answers_stay;
