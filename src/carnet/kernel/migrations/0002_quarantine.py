"""Events that a listener failed to take, for people to see."""

from django.db import migrations

SQL = """
-- `error` is the class of the last exception, never its message: messages quote data.
CREATE TABLE kernel_quarantine (
    event     bigint      NOT NULL,
    listener  text        NOT NULL,
    record_id bigint      NOT NULL,
    kind      text        NOT NULL,
    subject   uuid,
    error     text        NOT NULL,
    at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (event, listener)
);
"""


class Migration(migrations.Migration):
    """Written in SQL: this table is reached by statements only."""

    dependencies = [("kernel", "0001_initial")]
    operations = [migrations.RunSQL(SQL, "DROP TABLE kernel_quarantine")]
