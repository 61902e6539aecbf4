"""The table of the exchanges kept; unlogged, since a crash may lose them without harm."""

from django.db import migrations

SQL = """
CREATE UNLOGGED TABLE testbed_exchange (
    id              uuid        PRIMARY KEY,
    at              timestamptz NOT NULL,
    domain          text        NOT NULL,
    transaction     text        NOT NULL,   -- ITI-41…
    method          text        NOT NULL,
    address         text        NOT NULL,   -- path and query string
    status          smallint    NOT NULL,
    outcome         text        NOT NULL CHECK (outcome IN ('accepted', 'warned', 'refused', 'failed')),
    rules           text[]      NOT NULL,
    problems        text        NOT NULL,   -- JSON
    caller          text        NOT NULL,
    structure       text        NOT NULL,
    software        text        NOT NULL,
    patient         text        NOT NULL,   -- masked
    timing          text        NOT NULL,   -- JSON: stage, milliseconds
    milliseconds    real        NOT NULL,
    request_headers text        NOT NULL,   -- JSON
    request         bytea       NOT NULL,   -- cut
    request_size    bigint      NOT NULL,
    answer_headers  text        NOT NULL,   -- JSON
    answer          bytea       NOT NULL,   -- cut
    answer_size     bigint      NOT NULL,
    certificate     bytea       NOT NULL    -- DER, empty without one
);
CREATE INDEX testbed_exchange_at ON testbed_exchange (at DESC, id);
"""


class Migration(migrations.Migration):
    """Written in SQL: nothing here is a model."""

    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [migrations.RunSQL(SQL, "DROP TABLE testbed_exchange")]
