"""Records and the identifiers of the persons they are about."""

from django.db import migrations

SQL = """
-- One record and the traits of its person (RNIV: five strict traits, and the names in use).
CREATE TABLE identity_record (
    record_id     bigint      PRIMARY KEY,
    domain        smallint    NOT NULL,
    status        text        NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'closed')),
    qualification text        NOT NULL CHECK (qualification IN ('PROV', 'RECUP', 'VALI', 'QUAL')),
    birth_name    text        NOT NULL,
    first_given   text        NOT NULL,
    given_names   text        NOT NULL,
    used_name     text        NOT NULL DEFAULT '',
    used_given    text        NOT NULL DEFAULT '',
    sex           text        NOT NULL CHECK (sex IN ('M', 'F', 'U')),
    birth_date    date,
    birth_place   text        NOT NULL DEFAULT '',
    created_at    timestamptz NOT NULL DEFAULT now()
);

-- Every identifier the person has or had; found by name through kernel_locator, never by scanning here.
CREATE TABLE identity_identifier (
    record_id bigint      NOT NULL REFERENCES identity_record (record_id) ON DELETE CASCADE,
    system    text        NOT NULL,
    value     text        NOT NULL,
    current   boolean     NOT NULL DEFAULT true,
    since     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (record_id, system, value)
);

-- A record answers by all its identifiers and is addressed by one.
CREATE UNIQUE INDEX identity_identifier_current ON identity_identifier (record_id) WHERE current;
"""

REVERSE = "DROP TABLE identity_identifier, identity_record"


class Migration(migrations.Migration):
    """Written in SQL: these tables are reached by statements only."""

    initial = True
    dependencies = [("kernel", "0001_initial")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
