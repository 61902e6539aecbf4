"""What a seal says beside its root: losses that an operator declared."""

from django.db import migrations

SQL = "ALTER TABLE journal_seal ADD COLUMN notes text NOT NULL DEFAULT ''"


class Migration(migrations.Migration):
    """Written in SQL, as the other tables of the journal are."""

    dependencies = [("journal", "0004_concerns")]
    operations = [migrations.RunSQL(SQL, "ALTER TABLE journal_seal DROP COLUMN notes")]
