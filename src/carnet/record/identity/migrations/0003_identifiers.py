"""Identifiers with their history, representatives, keys of resemblance, and who watches over identities."""

from django.db import migrations

from carnet.record.identity import neighbours

SQL = """
ALTER TABLE identity_identifier
    ADD COLUMN type_code text NOT NULL DEFAULT '',   -- CX.5, for identifiers whose authority does not imply it
    ADD COLUMN until     timestamptz,                -- when another took its place
    ADD COLUMN reason    text NOT NULL DEFAULT 'registered';

-- 0 for anybody born alone, or unknown.
ALTER TABLE identity_record ADD COLUMN birth_rank smallint NOT NULL DEFAULT 0 CHECK (birth_rank BETWEEN 0 AND 9);

-- Who represents a minor or a protected adult.
CREATE TABLE identity_representative (
    record_id     bigint   NOT NULL REFERENCES identity_record (record_id) ON DELETE CASCADE,
    number        smallint NOT NULL,
    name          text     NOT NULL,
    kind          text     NOT NULL CHECK (kind IN ('parent', 'tuteur', 'curateur', 'mandataire')),
    quality       text     NOT NULL DEFAULT '',
    since         date     NOT NULL,
    until         date,
    person_record bigint   REFERENCES identity_record (record_id) ON DELETE SET NULL,
    PRIMARY KEY (record_id, number),
    CHECK (until IS NULL OR until >= since),
    CHECK (person_record <> record_id)
);
CREATE INDEX identity_representative_person ON identity_representative (person_record)
 WHERE person_record IS NOT NULL;

-- What a person can be taken for: each key is the start of a hash of normalised traits (neighbours.py). Two people who
-- share one look alike; nothing else is ever searched by traits.
CREATE TABLE identity_likeness (
    domain    smallint NOT NULL,
    key       bigint   NOT NULL,
    record_id bigint   NOT NULL REFERENCES identity_record (record_id) ON DELETE CASCADE,
    PRIMARY KEY (domain, key, record_id)
);
CREATE INDEX identity_likeness_record ON identity_likeness (record_id);

-- How often somebody asked who looks like somebody: kept for a day, so that nobody leafs through people.
CREATE TABLE identity_likeness_asked (
    person text        NOT NULL,
    at     timestamptz NOT NULL
);
CREATE INDEX identity_likeness_asked_person ON identity_likeness_asked (person, at);

-- Who is entrusted with identity-vigilance in a structure (RNIV): may merge records and correct a matricule.
CREATE TABLE identity_referent (
    person    text NOT NULL,
    structure text NOT NULL,
    since     timestamptz NOT NULL DEFAULT now(),
    until     timestamptz,
    PRIMARY KEY (person, structure)
);

-- Sets that came under another identifier of their person than the current one, which they are stored under.
CREATE TABLE identity_addressed (
    record_id  bigint      NOT NULL REFERENCES identity_record (record_id) ON DELETE CASCADE,
    submission uuid        NOT NULL,
    system     text        NOT NULL,
    value      text        NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (record_id, submission)
);
"""

REVERSE = """
DROP TABLE identity_addressed, identity_referent, identity_likeness_asked, identity_likeness, identity_representative;
ALTER TABLE identity_record DROP COLUMN birth_rank;
ALTER TABLE identity_identifier DROP COLUMN reason, DROP COLUMN until, DROP COLUMN type_code;
"""


def liken(*_: object) -> None:
    """The people who are there already are looked for like those who come."""
    neighbours.liken_everybody()


class Migration(migrations.Migration):
    """Written in SQL: these tables are reached by statements only."""

    dependencies = [("identity", "0002_life")]
    operations = [migrations.RunSQL(SQL, REVERSE), migrations.RunPython(liken, migrations.RunPython.noop)]
