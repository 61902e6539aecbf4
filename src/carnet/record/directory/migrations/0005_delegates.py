"""Accounts of people who act in others' records and have none of their own here."""

from django.db import migrations

SQL = """
ALTER TABLE directory_account
    DROP CONSTRAINT directory_account_kind_check,
    ADD CONSTRAINT directory_account_kind_check CHECK (kind IN ('professional', 'clerk', 'patient', 'delegate')),
    -- A delegate's name is not one that a professional or a patient could have.
    ADD CONSTRAINT directory_account_delegate CHECK ((kind = 'delegate') = (person LIKE 'delegate:_%'));
CREATE UNIQUE INDEX directory_account_delegate_person ON directory_account (person) WHERE kind = 'delegate';
"""

REVERSE = """
DROP INDEX directory_account_delegate_person;
DELETE FROM directory_account WHERE kind = 'delegate';
ALTER TABLE directory_account
    DROP CONSTRAINT directory_account_delegate,
    DROP CONSTRAINT directory_account_kind_check,
    ADD CONSTRAINT directory_account_kind_check CHECK (kind IN ('professional', 'clerk', 'patient'));
"""


class Migration(migrations.Migration):
    """Written in SQL: this table is reached by statements only."""

    dependencies = [("directory", "0004_tokens")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
