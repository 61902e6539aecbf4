"""How far the clocks of a demonstration's domains are ahead of real time."""

from django.db import migrations

SQL = """
CREATE TABLE kernel_clock (
    domain smallint PRIMARY KEY,
    ahead  interval NOT NULL
);
"""


class Migration(migrations.Migration):
    """Written in SQL: this table is reached by statements only."""

    dependencies = [("kernel", "0002_quarantine")]
    operations = [migrations.RunSQL(SQL, "DROP TABLE kernel_clock")]
