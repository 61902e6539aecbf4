"""When an entrance in an emergency happened for the journal, and when those who must know of it were told."""

from django.db import migrations

SQL = """
-- `at` and `until` follow the clock of the domain, `entered_at` the one that traces follow.
ALTER TABLE access_emergency
    ADD COLUMN entered_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN told_at    timestamptz;
"""
REVERSE = "ALTER TABLE access_emergency DROP COLUMN entered_at, DROP COLUMN told_at"


class Migration(migrations.Migration):
    """Columns only."""

    dependencies = [("access", "0004_delegates")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
