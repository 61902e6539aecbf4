"""What a person decides about their record beyond authorisations: documents, emergencies, delegations, preferences."""

from django.db import migrations

SQL = """
-- One document (all its versions: its lineage) opened to one grantee, or closed to them, whatever else holds.
CREATE TABLE access_document_permission (
    record_id bigint      NOT NULL,
    lineage   uuid        NOT NULL,
    grantee   text        NOT NULL,   -- `p:` + PS_IdNat or `s:` + Struct_IdNat
    effect    text        NOT NULL CHECK (effect IN ('granted', 'denied')),
    since     timestamptz NOT NULL,
    until     timestamptz,
    set_by    text        NOT NULL,
    PRIMARY KEY (record_id, lineage, grantee)
);

-- What the person chose; no row is every default. The three emergency choices are those of Mon espace santé
-- (ETREAT, BTG, MASKED); the law lets professionals in unless the person objected (CSP L.1111-17).
CREATE TABLE access_choice (
    record_id        bigint      PRIMARY KEY,
    regulation       boolean     NOT NULL DEFAULT true,    -- ETREAT: centre 15 may enter
    break_glass      boolean     NOT NULL DEFAULT true,    -- BTG: others may, in danger
    emergency_masked boolean     NOT NULL DEFAULT false,   -- MASKED: they see masked documents too
    tells_hidden     boolean     NOT NULL DEFAULT false,   -- professionals are told that something is hidden
    not_to_know      boolean     NOT NULL DEFAULT false,   -- nothing of a withheld result comes by itself (L.1111-2)
    notify_document  boolean     NOT NULL DEFAULT true,    -- a mail when a document comes
    notify_access    boolean     NOT NULL DEFAULT false,   -- a mail when somebody reads for the first time
    email            text        NOT NULL DEFAULT '',
    changed_at       timestamptz NOT NULL,
    CHECK (NOT emergency_masked OR regulation OR break_glass)
);

-- Who acts for the person of a record: representatives, guardians, caregivers, heirs, each with a scope and an end.
-- `holder` is how the directory names them (`carnet.kernel.actor.Actor.person`).
CREATE TABLE access_delegation (
    record_id   bigint      NOT NULL,
    holder      text        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('parent', 'guardian', 'assistant', 'caregiver', 'heir')),
    scope       text        NOT NULL CHECK (scope IN ('read', 'deposit', 'manage')),
    purpose     text        NOT NULL DEFAULT '',           -- of an heir: one of the three of CSP L.1110-4 V
    since       timestamptz NOT NULL,
    until       timestamptz,
    declared_by text        NOT NULL,
    PRIMARY KEY (record_id, holder)
);

-- An entrance in an emergency: its two facts, its reason, its end, and what the data-protection officer thought of it.
CREATE TABLE access_emergency (
    record_id   bigint      NOT NULL,
    id          uuid        NOT NULL,
    person      text        NOT NULL,
    structure   text        NOT NULL,
    purpose     text        NOT NULL CHECK (purpose IN ('bris_de_glace', 'centre_15')),
    unable      boolean     NOT NULL,                      -- the person cannot express a wish
    danger      boolean     NOT NULL,                      -- there is an immediate risk
    reason      text        NOT NULL,
    detail      text        NOT NULL DEFAULT '',
    at          timestamptz NOT NULL,
    until       timestamptz NOT NULL,
    reviewed_at timestamptz,
    reviewed_by text        NOT NULL DEFAULT '',
    verdict     text        NOT NULL DEFAULT '',
    PRIMARY KEY (record_id, id)
);
CREATE INDEX access_emergency_review ON access_emergency (at) WHERE reviewed_at IS NULL;
CREATE INDEX access_emergency_person ON access_emergency (record_id, person, until);
"""

REVERSE = "DROP TABLE access_emergency, access_delegation, access_choice, access_document_permission"


class Migration(migrations.Migration):
    """Written in SQL: rows of a record refer to it by number."""

    dependencies = [("access", "0001_initial")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
