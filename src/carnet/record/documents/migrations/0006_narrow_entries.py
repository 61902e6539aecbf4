"""The values of an entry lie beside its row, so that a list passes over the rows it may not show at little cost."""

from django.db import migrations

SQL = """
-- A row that would be larger than 2 KiB puts `meta` out of line whole, instead of compressing it in place: what decides
-- fits twenty rows to a page, and a mask rewrites none of the values. It holds for rows written from here on.
ALTER TABLE documents_entry ALTER COLUMN meta SET STORAGE EXTERNAL;
ALTER TABLE documents_entry SET (toast_tuple_target = 128);
"""
REVERSE = """
ALTER TABLE documents_entry RESET (toast_tuple_target);
ALTER TABLE documents_entry ALTER COLUMN meta SET STORAGE EXTENDED;
"""


class Migration(migrations.Migration):
    """Written in SQL: this table is reached by statements only."""

    dependencies = [("documents", "0005_inherited_openings")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
