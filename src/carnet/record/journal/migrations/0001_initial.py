"""The table of traces, partitioned by month."""

from django.db import migrations

SQL = """
CREATE TABLE journal_entry (
    record_id      bigint      NOT NULL,   -- 0 where no record was reached
    at             timestamptz NOT NULL,
    writer         bigint      NOT NULL,   -- the process (and thread) that wrote it
    number         bigint      NOT NULL,   -- its own count, without gaps
    action         text        NOT NULL,
    outcome        text        NOT NULL,
    rule           text        NOT NULL,
    actor_kind     text        NOT NULL,
    person         text        NOT NULL,
    structure      text        NOT NULL,
    name           text        NOT NULL,
    structure_name text        NOT NULL,
    profession     text        NOT NULL,
    purpose        text        NOT NULL,
    proof          text        NOT NULL,
    software       text        NOT NULL,
    subjects       uuid[]      NOT NULL,
    detail         text        NOT NULL,
    mac            bytea       NOT NULL,
    -- record_id leads inside each month: one record's traces stand together.
    PRIMARY KEY (record_id, at, writer, number)
) PARTITION BY RANGE (at);

-- Whatever the date, a trace finds a place; the monthly partitions are made ahead of time.
CREATE TABLE journal_entry_default PARTITION OF journal_entry DEFAULT;

CREATE FUNCTION journal_make_partition(month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first date := date_trunc('month', month)::date;
    name text := 'journal_entry_' || to_char(first, 'YYYYMM');
BEGIN
    IF to_regclass(name) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF journal_entry FOR VALUES FROM (%L) TO (%L)', name,
                       first::timestamp AT TIME ZONE 'UTC',
                       (first + interval '1 month')::timestamp AT TIME ZONE 'UTC');
    END IF;
EXCEPTION WHEN check_violation THEN
    -- Traces of that month are in the default partition already, where they are as safe: they stay.
    RAISE NOTICE 'the month of % keeps its traces in the default partition', first;
END $$;
"""

REVERSE = "DROP TABLE journal_entry; DROP FUNCTION journal_make_partition(date)"


class Migration(migrations.Migration):
    """Written in SQL: Django does not know partitions."""

    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [migrations.RunSQL(SQL, REVERSE)]
