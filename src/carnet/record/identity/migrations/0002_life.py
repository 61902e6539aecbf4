"""What becomes of a record: the states of its life, and the record it was merged into."""

from django.db import migrations

SQL = """
ALTER TABLE identity_record
    DROP CONSTRAINT identity_record_status_check,
    ADD CONSTRAINT identity_record_status_check
        CHECK (status IN ('announced', 'active', 'suspended', 'closed', 'merged')),
    ADD COLUMN status_reason    text        NOT NULL DEFAULT '',
    ADD COLUMN status_since     timestamptz NOT NULL DEFAULT now(),
    -- Until when a record that was created automatically waits for an opposition.
    ADD COLUMN opposition_until timestamptz,
    ADD COLUMN merged_into      bigint      REFERENCES identity_record (record_id),
    ADD CONSTRAINT identity_record_announced CHECK ((status = 'announced') = (opposition_until IS NOT NULL)),
    ADD CONSTRAINT identity_record_merged CHECK ((status = 'merged') = (merged_into IS NOT NULL));

-- Deadlines are looked for by state, never by scanning the active records.
CREATE INDEX identity_record_waiting ON identity_record (status, status_since) WHERE status <> 'active';
CREATE INDEX identity_record_merged_into ON identity_record (merged_into) WHERE merged_into IS NOT NULL;
"""

REVERSE = """
DROP INDEX identity_record_merged_into, identity_record_waiting;
ALTER TABLE identity_record
    DROP CONSTRAINT identity_record_merged,
    DROP CONSTRAINT identity_record_announced,
    DROP COLUMN merged_into, DROP COLUMN opposition_until, DROP COLUMN status_since, DROP COLUMN status_reason,
    DROP CONSTRAINT identity_record_status_check,
    ADD CONSTRAINT identity_record_status_check CHECK (status IN ('active', 'closed'));
"""


class Migration(migrations.Migration):
    """Written in SQL: these tables are reached by statements only."""

    dependencies = [("identity", "0001_initial")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
