"""A record that lives in another one does not outlive it."""

from django.db import migrations

SQL = """
ALTER TABLE identity_record
    DROP CONSTRAINT identity_record_merged_into_fkey,
    ADD CONSTRAINT identity_record_merged_into_fkey
        FOREIGN KEY (merged_into) REFERENCES identity_record (record_id) ON DELETE CASCADE;
"""

REVERSE = """
ALTER TABLE identity_record
    DROP CONSTRAINT identity_record_merged_into_fkey,
    ADD CONSTRAINT identity_record_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES identity_record (record_id);
"""


class Migration(migrations.Migration):
    """Written in SQL: these tables are reached by statements only."""

    dependencies = [("identity", "0003_identifiers")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
