"""How far each audit repository is that the sealed journal is sent to."""

from django.db import migrations

SQL = """
CREATE TABLE journal_feed (
    receiver text        PRIMARY KEY,              -- address of the audit repository
    seal     bigint      NOT NULL DEFAULT 0,       -- the last leaf that it answered for
    leaf     integer     NOT NULL DEFAULT -1,
    failures integer     NOT NULL DEFAULT 0,       -- since it last answered
    next_at  timestamptz NOT NULL,
    error    text        NOT NULL DEFAULT ''
);
"""


class Migration(migrations.Migration):
    """Written in SQL, as the other tables of the journal are."""

    dependencies = [("journal", "0005_notes")]
    operations = [migrations.RunSQL(SQL, "DROP TABLE journal_feed")]
