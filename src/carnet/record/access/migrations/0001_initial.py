"""Consents and authorisations."""

from django.db import migrations

SQL = """
-- The consent that opened the record: who collected it, where, when.
CREATE TABLE access_consent (
    record_id    bigint      PRIMARY KEY,
    given_at     timestamptz NOT NULL,
    collected_by text        NOT NULL,
    structure    text        NOT NULL
);

-- One grantee's standing in one record. A grantee is a person (`p:` + PS_IdNat) or a structure (`s:` + Struct_IdNat).
CREATE TABLE access_authorisation (
    record_id   bigint      NOT NULL,
    grantee     text        NOT NULL,
    state       text        NOT NULL CHECK (state IN ('allowed', 'blocked')),
    treating    boolean     NOT NULL DEFAULT false,
    since       timestamptz NOT NULL,
    until       timestamptz,
    basis       text        NOT NULL,
    declared_by text        NOT NULL,
    PRIMARY KEY (record_id, grantee)
);
"""

REVERSE = "DROP TABLE access_authorisation, access_consent"


class Migration(migrations.Migration):
    """Written in SQL: rows of a record refer to it by number."""

    initial = True
    dependencies = [("kernel", "0001_initial")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
