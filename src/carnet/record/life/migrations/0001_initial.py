"""Oppositions, suspensions, requests of erasure."""

from django.db import migrations

SQL = """
-- A person for whom no record is created automatically. `person` is a keyed hash of an identifier (its key is outside
-- the database): it answers for an identifier that somebody shows, and lists nobody.
CREATE TABLE life_opposition (
    domain       smallint    NOT NULL,
    person       bytea       NOT NULL,
    since        timestamptz NOT NULL,
    cause        text        NOT NULL CHECK (cause IN ('refused', 'opposed', 'erased', 'expired')),
    collected_by text        NOT NULL,
    structure    text        NOT NULL,
    PRIMARY KEY (domain, person)
);

-- Why the operator suspended a record, when its person was told, and whether they objected to its closing.
CREATE TABLE life_suspension (
    record_id   bigint      PRIMARY KEY,
    cause       text        NOT NULL CHECK (cause IN ('fraud', 'malfunction')),
    informed_at timestamptz NOT NULL,
    objected_at timestamptz
);

-- An erasure that was asked for, or whose time has come. Once started it goes to its end.
CREATE TABLE life_erasure (
    record_id  bigint      PRIMARY KEY,
    asked_at   timestamptz NOT NULL,
    asked_by   text        NOT NULL,
    structure  text        NOT NULL,
    started_at timestamptz
);
"""

REVERSE = "DROP TABLE life_erasure, life_suspension, life_opposition"


class Migration(migrations.Migration):
    """Written in SQL: rows of a record refer to it by number."""

    initial = True
    dependencies = [("identity", "0002_life")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
