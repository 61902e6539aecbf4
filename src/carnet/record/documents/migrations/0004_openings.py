"""The day on which what waits to be announced opens to the person of the record."""

from django.db import migrations

# Types 26 (molecular genetics) and 11 (signatures) never open by themselves: carnet.record.documents.duties.
SQL = """
UPDATE documents_entry
SET opens_at = CASE WHEN typ IN (26, 11) THEN '9999-12-31+00'::timestamptz ELSE registered_at + interval '31 days' END
WHERE flags & 2 <> 0;
-- A row that is invisible to the person and open to them from its deposit cannot be written (2 invisible, 32 deleted).
ALTER TABLE documents_entry ADD CONSTRAINT documents_entry_waits CHECK (flags & 34 <> 2 OR opens_at > registered_at);
"""
REVERSE = "ALTER TABLE documents_entry DROP CONSTRAINT documents_entry_waits"


class Migration(migrations.Migration):
    """Written in SQL: this table is reached by statements only."""

    dependencies = [("documents", "0003_deleted")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
