"""Delegations by their holder: an account without a record of its own is shown where it may act."""

from django.db import migrations

SQL = "CREATE INDEX access_delegation_holder ON access_delegation (holder)"
REVERSE = "DROP INDEX access_delegation_holder"


class Migration(migrations.Migration):
    """An index only."""

    dependencies = [("access", "0003_controls")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
