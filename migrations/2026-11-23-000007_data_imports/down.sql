DROP TABLE data_imports;
