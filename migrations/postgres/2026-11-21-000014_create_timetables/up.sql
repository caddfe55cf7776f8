-- At what time of day data is pulled: a platform's word for all its companies, and that of single companies.
CREATE TABLE timetables (
    platform_no BIGINT NOT NULL REFERENCES platforms (no),
    -- Empty: the platform's own.
    company_id TEXT COLLATE "C" NOT NULL,
    -- Minutes after midnight; null: at no time of day, whatever the platform says.
    minute_of_day BIGINT,
    -- A name of IANA's.
    time_zone TEXT COLLATE "C" NOT NULL,
    modified_ms BIGINT NOT NULL,
    PRIMARY KEY (platform_no, company_id)
);

-- Since when the connection isn't read, because somebody said so.
ALTER TABLE connections ADD COLUMN paused_ms BIGINT;

-- Requests that reading a connection took, by days of UTC since 1970-01-01.
CREATE TABLE reads (
    connection_no BIGINT NOT NULL,
    day BIGINT NOT NULL,
    -- In the first run after an authorization.
    initial BIGINT NOT NULL,
    -- In runs by schedule.
    scheduled BIGINT NOT NULL,
    -- In runs that somebody asked for, and outside of runs.
    other BIGINT NOT NULL,
    PRIMARY KEY (connection_no, day)
);
