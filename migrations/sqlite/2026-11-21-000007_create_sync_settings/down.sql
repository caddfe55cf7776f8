DROP TABLE supplemental_configs;
DROP INDEX source_objects_by_age;
ALTER TABLE windows DROP COLUMN findings;
ALTER TABLE windows DROP COLUMN bound_secs;
ALTER TABLE datasets DROP COLUMN errors;
DROP INDEX datasets_latest;
DROP TABLE schedules;
DROP TABLE sync_settings;
