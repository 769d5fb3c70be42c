DROP TABLE commitment_links;
DROP TABLE commitment_institutions;
DROP TABLE commitments;
DROP TABLE policy_areas;
