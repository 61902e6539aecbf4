"""What a person set in a record comes with it and goes back with it."""

from django.db import migrations

SQL = """
ALTER TABLE life_merge_moved DROP CONSTRAINT life_merge_moved_kind_check;
ALTER TABLE life_merge_moved ADD CONSTRAINT life_merge_moved_kind_check CHECK (kind IN (
    'object', 'identifier', 'grant', 'block', 'login', 'delegation', 'opposition', 'held', 'choice'));
"""
REVERSE = """
ALTER TABLE life_merge_moved DROP CONSTRAINT life_merge_moved_kind_check;
ALTER TABLE life_merge_moved ADD CONSTRAINT life_merge_moved_kind_check CHECK (kind IN (
    'object', 'identifier', 'grant', 'block', 'login'));
"""


class Migration(migrations.Migration):
    """Written in SQL: this table is reached by statements only."""

    dependencies = [("life", "0002_merge")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
