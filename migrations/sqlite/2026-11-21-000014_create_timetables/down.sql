DROP TABLE reads;
ALTER TABLE connections DROP COLUMN paused_ms;
DROP TABLE timetables;
