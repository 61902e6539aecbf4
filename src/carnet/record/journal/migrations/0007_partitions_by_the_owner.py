"""The owner's function makes partitions for whoever may call it: the service adds months, and owns no table."""

from django.db import migrations

SQL = """
ALTER FUNCTION journal_make_partition(date) SECURITY DEFINER SET search_path = public, pg_temp;
REVOKE EXECUTE ON FUNCTION journal_make_partition(date) FROM PUBLIC;
"""
REVERSE = """
GRANT EXECUTE ON FUNCTION journal_make_partition(date) TO PUBLIC;
ALTER FUNCTION journal_make_partition(date) SECURITY INVOKER RESET search_path;
"""


class Migration(migrations.Migration):
    """A right, no table."""

    dependencies = [("journal", "0006_feed")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
