"""Domains that are read and no more written, and until when they are kept."""

from django.db import migrations

SQL = """
-- A row here and not a file: it is written in one transaction, seen by every process within a second, and a backup of
-- a closed domain restores a closed domain.
CREATE TABLE kernel_closed_domain (
    domain     smallint    PRIMARY KEY,
    closed_at  timestamptz NOT NULL,
    closed_by  text        NOT NULL,
    reason     text        NOT NULL,
    kept_until timestamptz NOT NULL
);
"""


class Migration(migrations.Migration):
    """Written in SQL: this table is reached by statements only."""

    dependencies = [("kernel", "0004_mail")]
    operations = [migrations.RunSQL(SQL, "DROP TABLE kernel_closed_domain")]
