"""What a person's controls need beside their choices: oppositions to feeding, invitations, who reviews emergencies."""

from django.db import migrations

SQL = """
-- The person opposes that something is fed, for a legitimate reason that is recorded (CSP R.1111-47).
-- `grantee` is `p:` + PS_IdNat, `s:` + Struct_IdNat, or empty for everybody.
CREATE TABLE access_feeding_opposition (
    record_id   bigint      NOT NULL,
    grantee     text        NOT NULL,
    reason      text        NOT NULL CHECK (reason <> ''),
    since       timestamptz NOT NULL,
    until       timestamptz,
    declared_by text        NOT NULL,
    PRIMARY KEY (record_id, grantee)
);

-- A code that the person gives to whom they want to be helped by: whoever enters it becomes the holder of the
-- delegation. Only an HMAC of it is kept, under a key that the database never holds.
CREATE TABLE access_invitation (
    record_id  bigint      NOT NULL,
    digest     bytea       NOT NULL UNIQUE,
    scope      text        NOT NULL CHECK (scope IN ('read', 'deposit', 'manage')),
    until      timestamptz,
    expires_at timestamptz NOT NULL,
    made_by    text        NOT NULL,
    PRIMARY KEY (record_id, digest)
);

-- Who reviews emergencies: a data-protection officer, of one structure or of them all.
CREATE TABLE access_officer (
    person     text        NOT NULL,
    structure  text        NOT NULL,
    everywhere boolean     NOT NULL DEFAULT false,
    since      timestamptz NOT NULL,
    until      timestamptz,
    PRIMARY KEY (person, structure)
);

-- `secret`: representatives of a minor are not told. `seen_at`: the person has read the notice in their pages.
-- `note` is what the officer wrote beside the verdict.
ALTER TABLE access_emergency
    ADD COLUMN secret  boolean NOT NULL DEFAULT false,
    ADD COLUMN seen_at timestamptz,
    ADD COLUMN note    text    NOT NULL DEFAULT '',
    ADD CONSTRAINT access_emergency_verdict CHECK (verdict IN ('', 'justified', 'follow-up'));
"""

REVERSE = """
ALTER TABLE access_emergency DROP CONSTRAINT access_emergency_verdict,
    DROP COLUMN secret, DROP COLUMN seen_at, DROP COLUMN note;
DROP TABLE access_officer, access_invitation, access_feeding_opposition;
"""


class Migration(migrations.Migration):
    """Written in SQL: rows of a record refer to it by number."""

    dependencies = [("access", "0002_choices")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
