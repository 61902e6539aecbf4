"""An invitation may be an heir's: what its holder becomes, and for which purpose they read; the person may refuse."""

from django.db import migrations

SQL = """
ALTER TABLE access_invitation
    ADD COLUMN kind    text NOT NULL DEFAULT 'caregiver' CHECK (kind IN ('caregiver', 'heir')),
    ADD COLUMN purpose text NOT NULL DEFAULT '';
-- What the person wants of their heirs, said when they lived (CSP L.1110-4 V).
ALTER TABLE access_choice ADD COLUMN heirs boolean NOT NULL DEFAULT true;
"""
REVERSE = """
ALTER TABLE access_choice DROP COLUMN heirs;
ALTER TABLE access_invitation DROP COLUMN kind, DROP COLUMN purpose;
"""


class Migration(migrations.Migration):
    """Three columns."""

    dependencies = [("access", "0005_emergency_notices")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
