"""Printed sheets of access codes: what lets a patient in for the first time."""

from django.db import migrations

SQL = """
-- The sheet in force of a record; another print takes its place. Nothing of it can be read back: `password` and
-- the digests of the codes are HMACs under a key that the database never holds.
CREATE TABLE directory_access_sheet (
    record_id  bigint      PRIMARY KEY,
    domain     smallint    NOT NULL,
    login      text        NOT NULL REFERENCES directory_account (login) ON UPDATE CASCADE ON DELETE CASCADE,
    password   bytea       NOT NULL,
    issued_at  timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    issued_by  text        NOT NULL,
    structure  text        NOT NULL,
    attempts   smallint    NOT NULL DEFAULT 0
);
CREATE INDEX directory_access_sheet_login ON directory_access_sheet (login);

CREATE TABLE directory_access_code (
    record_id bigint      NOT NULL REFERENCES directory_access_sheet (record_id) ON DELETE CASCADE,
    digest    bytea       NOT NULL,
    used_at   timestamptz,
    PRIMARY KEY (record_id, digest)
);

-- One record has one patient's login per person who signs in; the sheet looks for it by record.
CREATE INDEX directory_account_record ON directory_account (record_id) WHERE record_id IS NOT NULL;
"""

REVERSE = """
DROP INDEX directory_account_record;
DROP TABLE directory_access_code, directory_access_sheet;
"""


class Migration(migrations.Migration):
    """Written in SQL: these tables are reached by statements only."""

    dependencies = [("directory", "0001_initial")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
