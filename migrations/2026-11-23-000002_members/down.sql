DROP TABLE institutions;
DROP TABLE members;
