"""What somebody should look at: accesses that a person reported, patterns that the watch raised."""

from django.db import migrations

SQL = """
CREATE TABLE journal_concern (
    record_id      bigint      NOT NULL,               -- 0: about several records
    id             uuid        NOT NULL DEFAULT gen_random_uuid(),
    kind           text        NOT NULL CHECK (kind IN ('reported', 'refusals', 'emergencies', 'records', 'family')),
    person         text        NOT NULL,               -- who acted
    name           text        NOT NULL,
    structure      text        NOT NULL,
    structure_name text        NOT NULL,
    since          timestamptz NOT NULL,               -- the first act, and the last one
    until          timestamptz NOT NULL,
    count          integer     NOT NULL,               -- acts, or records where the kind says so
    note           text        NOT NULL DEFAULT '',    -- what the person wrote
    raised_at      timestamptz NOT NULL,
    window_start   timestamptz NOT NULL,               -- one concern a kind, an actor and a window
    reviewed_at    timestamptz,
    reviewed_by    text        NOT NULL DEFAULT '',
    verdict        text        NOT NULL DEFAULT '' CHECK (verdict IN ('', 'justified', 'follow-up')),
    conclusion     text        NOT NULL DEFAULT '',
    PRIMARY KEY (record_id, id),
    UNIQUE (kind, person, structure, record_id, window_start)
);
CREATE INDEX journal_concern_waiting ON journal_concern (raised_at) WHERE reviewed_at IS NULL;
"""


class Migration(migrations.Migration):
    """Written in SQL, as the other tables of the journal are."""

    dependencies = [("journal", "0003_seals")]
    operations = [migrations.RunSQL(SQL, "DROP TABLE journal_concern")]
