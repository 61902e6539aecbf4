"""Deleted documents are found by the time of their deletion, to erase their bytes when they are due."""

from django.db import migrations

SQL = "CREATE INDEX documents_entry_deleted ON documents_entry (registered_at) WHERE status = 3"
REVERSE = "DROP INDEX documents_entry_deleted"


class Migration(migrations.Migration):
    """A partial index: rows that are not deleted cost nothing."""

    dependencies = [("documents", "0002_folders")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
