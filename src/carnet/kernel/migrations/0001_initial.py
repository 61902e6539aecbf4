"""Locator, outbox and wrapped record keys."""

from django.db import migrations

SQL = """
-- One name of the outside world (INS, uniqueId, an entryUUID that somebody else chose) and the records
-- where it may live. It answers nothing to anybody: access is decided on the record it leads to.
CREATE TABLE kernel_locator (
    domain    smallint NOT NULL,
    name      text     NOT NULL,
    record_id bigint   NOT NULL,
    PRIMARY KEY (domain, name, record_id)
);

-- What happened, written in the transaction of what happened. Within one record the ids are in commit
-- order, because every write of a record holds the lock of its head row until it commits.
CREATE TABLE kernel_outbox (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    record_id bigint      NOT NULL,
    kind      text        NOT NULL,
    subject   uuid,
    at        timestamptz NOT NULL DEFAULT now()
);

-- The key of a record, wrapped by a master key that the database never holds.
CREATE TABLE kernel_record_key (
    record_id bigint PRIMARY KEY,
    master    text  NOT NULL,
    wrapped   bytea NOT NULL
);
"""

REVERSE = "DROP TABLE kernel_record_key, kernel_outbox, kernel_locator"


class Migration(migrations.Migration):
    """Written in SQL: these tables are reached by statements only."""

    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [migrations.RunSQL(SQL, REVERSE)]
