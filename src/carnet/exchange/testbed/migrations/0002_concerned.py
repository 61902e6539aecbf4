"""Which records an exchange concerned: their erasure, which empties every table with a `record_id`, takes it along.

What was kept before that was written down goes.
"""

from django.db import migrations

SQL = """
DELETE FROM testbed_exchange;
CREATE UNLOGGED TABLE testbed_concerned (
    record_id bigint NOT NULL,
    exchange  uuid   NOT NULL REFERENCES testbed_exchange ON DELETE CASCADE,
    PRIMARY KEY (record_id, exchange)
);
CREATE INDEX testbed_concerned_exchange ON testbed_concerned (exchange);
CREATE FUNCTION testbed_forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM testbed_exchange WHERE id = OLD.exchange;
    RETURN NULL;
END
$$;
CREATE TRIGGER testbed_forget AFTER DELETE ON testbed_concerned FOR EACH ROW EXECUTE FUNCTION testbed_forget();
"""
REVERSE = """
DROP TABLE testbed_concerned;
DROP FUNCTION testbed_forget();
"""


class Migration(migrations.Migration):
    """Written in SQL: nothing here is a model."""

    dependencies = [("testbed", "0001_initial")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
