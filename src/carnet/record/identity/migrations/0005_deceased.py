"""The day a person died."""

from django.db import migrations

SQL = "ALTER TABLE identity_record ADD COLUMN deceased_on date"
REVERSE = "ALTER TABLE identity_record DROP COLUMN deceased_on"


class Migration(migrations.Migration):
    """Written in SQL, like the table."""

    dependencies = [("identity", "0004_merged_goes")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
