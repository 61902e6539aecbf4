"""Where a professional is told what concerns their patients; and how they are found by name."""

from django.db import migrations

SQL = """
ALTER TABLE directory_professional
    ADD COLUMN email text NOT NULL DEFAULT '',
    -- The family name in capitals without accents, as people type it.
    ADD COLUMN sought text NOT NULL GENERATED ALWAYS AS (
        translate(upper(family), 'ÀÂÄÁÃÇÉÈÊËÎÏÍÔÖÓÕÙÛÜÚŸÑ', 'AAAAACEEEEIIIOOOOUUUUYN')
    ) STORED;
CREATE INDEX directory_professional_sought ON directory_professional (sought text_pattern_ops);
"""
REVERSE = "ALTER TABLE directory_professional DROP COLUMN sought, DROP COLUMN email"


class Migration(migrations.Migration):
    """Written in SQL: this table is reached by statements only."""

    dependencies = [("directory", "0002_access_codes")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
