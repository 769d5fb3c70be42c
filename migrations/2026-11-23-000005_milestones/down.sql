DROP TABLE progress_report_milestones;
DROP TABLE progress_reports;
DROP TABLE evidence;
DROP TABLE milestones;
