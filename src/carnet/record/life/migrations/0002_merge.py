"""What was merged into what, and everything that moved, so that it can move back."""

from django.db import migrations

SQL = """
-- `record_id` is the record that goes on, `merged` the one that lives in it until `undone_at`.
CREATE TABLE life_merge (
    record_id bigint      NOT NULL,
    merged    bigint      NOT NULL,
    at        timestamptz NOT NULL,
    by        text        NOT NULL,
    structure text        NOT NULL,
    reason    text        NOT NULL,
    undone_at timestamptz,
    PRIMARY KEY (record_id, merged, at)
);
CREATE UNIQUE INDEX life_merge_once ON life_merge (merged) WHERE undone_at IS NULL;

-- One row for each thing that came with the merged record: an object by its id, an identifier, an authorisation, a
-- block, a login.
CREATE TABLE life_merge_moved (
    record_id bigint      NOT NULL,
    merged    bigint      NOT NULL,
    at        timestamptz NOT NULL,
    kind      text        NOT NULL CHECK (kind IN ('object', 'identifier', 'grant', 'block', 'login')),
    subject   text        NOT NULL,
    PRIMARY KEY (record_id, merged, at, kind, subject),
    FOREIGN KEY (record_id, merged, at) REFERENCES life_merge (record_id, merged, at)
);
"""

REVERSE = "DROP TABLE life_merge_moved, life_merge"


class Migration(migrations.Migration):
    """Written in SQL: rows of a record refer to it by number."""

    dependencies = [("life", "0001_initial"), ("identity", "0003_identifiers")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
