"""What takes the place of a document that opened already is open at once, invisible as its lineage was."""

from django.db import migrations

SQL = """
-- Of a document that begins its lineage only: what follows in it keeps the lineage's date (2 invisible, 32 deleted).
ALTER TABLE documents_entry
    DROP CONSTRAINT documents_entry_waits,
    ADD CONSTRAINT documents_entry_waits CHECK (lineage <> id OR flags & 34 <> 2 OR opens_at > registered_at);
"""
REVERSE = """
ALTER TABLE documents_entry
    DROP CONSTRAINT documents_entry_waits,
    ADD CONSTRAINT documents_entry_waits CHECK (flags & 34 <> 2 OR opens_at > registered_at) NOT VALID;
"""


class Migration(migrations.Migration):
    """Written in SQL: this table is reached by statements only."""

    dependencies = [("documents", "0004_openings")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
