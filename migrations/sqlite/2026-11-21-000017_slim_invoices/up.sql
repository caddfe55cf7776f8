-- It says what remaining_milli says. A row is of 32 columns at most: tables of more take a minute longer to build.
ALTER TABLE invoices DROP COLUMN remaining_minor;
