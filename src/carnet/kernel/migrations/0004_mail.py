"""Mails that wait to leave."""

from django.db import migrations

SQL = """
-- Address, letter and values are sealed under a key that the database never holds. `due_at` is infinite once nobody
-- will try again; `error` is the class of the last error, never its message.
CREATE TABLE kernel_mail (
    id       uuid PRIMARY KEY,
    sealed   bytea       NOT NULL,
    at       timestamptz NOT NULL DEFAULT now(),
    due_at   timestamptz NOT NULL DEFAULT now(),
    until    timestamptz NOT NULL,
    attempts int         NOT NULL DEFAULT 0,
    error    text        NOT NULL DEFAULT ''
);
CREATE INDEX kernel_mail_due ON kernel_mail (due_at);
"""


class Migration(migrations.Migration):
    """Written in SQL: this table is reached by statements only."""

    dependencies = [("kernel", "0003_clock")]
    operations = [migrations.RunSQL(SQL, "DROP TABLE kernel_mail")]
