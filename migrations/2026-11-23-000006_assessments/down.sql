DROP TABLE assessment_milestones;
DROP TABLE assessments;
DROP TABLE assessment_schemes;
