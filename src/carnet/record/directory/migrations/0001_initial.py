"""Structures, professionals, activities and accounts."""

from django.db import migrations

SQL = """
-- A structure by its Struct_IdNat. A blocked one keeps its row: the past refers to it.
CREATE TABLE directory_structure (
    id         text    PRIMARY KEY,
    name       text    NOT NULL,
    sector     text    NOT NULL,
    kind       text    NOT NULL,
    city       text    NOT NULL DEFAULT '',
    department text    NOT NULL DEFAULT '',
    blocked    boolean NOT NULL DEFAULT false
);

-- A professional by PS_IdNat: profession of TRE_G15, specialty of TRE_R01 (empty when the profession has none).
CREATE TABLE directory_professional (
    id         text    PRIMARY KEY,
    family     text    NOT NULL,
    given      text    NOT NULL,
    profession text    NOT NULL,
    specialty  text    NOT NULL DEFAULT '',
    title      text    NOT NULL DEFAULT '',
    blocked    boolean NOT NULL DEFAULT false
);

-- Who works where; an activity that ended keeps its row. `rank` orders a professional's activities.
CREATE TABLE directory_activity (
    professional text     NOT NULL REFERENCES directory_professional (id),
    structure    text     NOT NULL REFERENCES directory_structure (id),
    role         text     NOT NULL DEFAULT '',
    rank         smallint NOT NULL DEFAULT 0,
    ended        boolean  NOT NULL DEFAULT false,
    PRIMARY KEY (professional, structure)
);

-- What a login of a portal stands for. `person` is a PS_IdNat, or a clerk's id in the structure;
-- `record_id` is a patient's own record. Passwords and second factors are elsewhere.
CREATE TABLE directory_account (
    login     text   PRIMARY KEY,
    kind      text   NOT NULL CHECK (kind IN ('professional', 'clerk', 'patient')),
    person    text   NOT NULL DEFAULT '',
    structure text   NOT NULL DEFAULT '',
    name      text   NOT NULL DEFAULT '',
    record_id bigint,
    CHECK (kind <> 'patient' OR record_id IS NOT NULL),
    CHECK (kind = 'patient' OR (person <> '' AND record_id IS NULL))
);
"""

REVERSE = "DROP TABLE directory_account, directory_activity, directory_professional, directory_structure"


class Migration(migrations.Migration):
    """Written in SQL: these tables are reached by statements only."""

    initial = True
    operations = [migrations.RunSQL(SQL, REVERSE)]
