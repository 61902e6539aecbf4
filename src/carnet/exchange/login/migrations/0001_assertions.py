"""The uses of assertions while each is valid; unlogged, since a crash only forgets who used what for some hours."""

from django.db import migrations

SQL = """
-- An assertion by its signer and its ID: what was signed under that ID, and the TLS certificate that brought it.
CREATE UNLOGGED TABLE login_assertion (
    id         bytea       PRIMARY KEY,   -- SHA-256 of the signing certificate's digest and the ID
    content    bytea       NOT NULL,      -- SHA-256 of the octets signed
    connection bytea       NOT NULL,      -- SHA-256 of the TLS certificate
    ends       timestamptz NOT NULL       -- after that the assertion is refused by its dates
);
CREATE INDEX login_assertion_ends ON login_assertion (ends);
"""


class Migration(migrations.Migration):
    """Written in SQL: nothing here is a model."""

    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [migrations.RunSQL(SQL, "DROP TABLE login_assertion")]
