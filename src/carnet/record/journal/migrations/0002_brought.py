"""Traces that came with a record from the journal of another domain."""

from django.db import migrations

SQL = """
-- Not entries of this journal: neither numbered, authenticated nor sealed here. `mac` is the other journal's.
CREATE TABLE journal_brought (
    record_id      bigint      NOT NULL,
    at             timestamptz NOT NULL,
    writer         bigint      NOT NULL,
    number         bigint      NOT NULL,
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
    secret         boolean,
    origin         text        NOT NULL,   -- instance and domain whose journal it was
    PRIMARY KEY (record_id, at, writer, number)
);
"""


class Migration(migrations.Migration):
    """Written in SQL, as the table of entries is."""

    dependencies = [("journal", "0001_initial")]
    operations = [migrations.RunSQL(SQL, "DROP TABLE journal_brought")]
