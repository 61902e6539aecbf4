"""Submissions, entries (one compact row a version), associations, objects."""

from django.db import migrations

SQL = """
-- One row a record, touched by every write: its lock orders the writes (and so the events) of the record,
-- and its revision tells a write that decided on what it read whether the record moved in between.
CREATE TABLE documents_head (
    record_id  bigint      PRIMARY KEY,
    revision   bigint      NOT NULL,
    updated_at timestamptz NOT NULL
) WITH (fillfactor = 70);

CREATE TABLE documents_submission (
    record_id    bigint      NOT NULL,
    id           uuid        NOT NULL,
    unique_id    text        NOT NULL,
    source_id    text        NOT NULL,
    submitted_at timestamptz NOT NULL,
    meta         text        NOT NULL,
    PRIMARY KEY (record_id, id),
    UNIQUE (record_id, unique_id)
);

-- One version of one entry: the columns that decide and sort, and all its values in `meta` (JSON of
-- carnet.wire.xds.model.DocumentEntry). Every face is rendered from it when it is read.
CREATE TABLE documents_entry (
    record_id       bigint      NOT NULL,
    id              uuid        NOT NULL,   -- entryUUID, of this version
    lineage         uuid        NOT NULL,   -- first document of a chain of replacements: visibility belongs to it
    logical_id      uuid        NOT NULL,   -- lid, constant over versions
    version         integer     NOT NULL,
    submission      uuid        NOT NULL,
    unique_id       text        NOT NULL,
    status          smallint    NOT NULL,   -- carnet.record.documents.rows.STATUSES
    flags           integer     NOT NULL,   -- carnet.record.access.lens.Flag
    owner_person    text        NOT NULL,
    owner_structure text        NOT NULL,
    typ             smallint    NOT NULL,
    opens_at        timestamptz NOT NULL,
    type_code       text        NOT NULL,
    class_code      text        NOT NULL,
    creation        text        NOT NULL,   -- DTM padded to 14 digits: text order is time order
    service_start   text        NOT NULL,
    service_stop    text        NOT NULL,
    object_id       uuid        NOT NULL,
    registered_at   timestamptz NOT NULL,
    meta            text        NOT NULL,
    PRIMARY KEY (record_id, id),
    UNIQUE (record_id, logical_id, version)
);
CREATE INDEX documents_entry_unique_id ON documents_entry (record_id, unique_id);

CREATE TABLE documents_association (
    record_id  bigint NOT NULL,
    id         uuid   NOT NULL,
    submission uuid   NOT NULL,
    type       text   NOT NULL,
    source     uuid   NOT NULL,
    target     uuid   NOT NULL,
    meta       text   NOT NULL,
    PRIMARY KEY (record_id, id)
);

-- The bytes of one document, sealed by its record's key: in the row up to 64 KiB, else in a file whose own
-- key is sealed here. Several versions of an entry share one object.
CREATE TABLE documents_object (
    record_id bigint NOT NULL,
    id        uuid   NOT NULL,
    size      bigint NOT NULL,
    sha1      bytea  NOT NULL,
    sha256    bytea  NOT NULL,
    inline    bytea,
    file      text,
    file_key  bytea,
    PRIMARY KEY (record_id, id),
    CHECK ((inline IS NULL) = (file IS NOT NULL AND file_key IS NOT NULL))
);
-- Ciphertext does not compress: skip the attempt.
ALTER TABLE documents_object ALTER COLUMN inline SET STORAGE EXTERNAL;
CREATE INDEX documents_object_file ON documents_object (file) WHERE file IS NOT NULL;

-- Rows of a record refer within it. Deferred nowhere: a submission is one statement.
ALTER TABLE documents_entry ADD FOREIGN KEY (record_id, submission) REFERENCES documents_submission (record_id, id);
ALTER TABLE documents_entry ADD FOREIGN KEY (record_id, object_id) REFERENCES documents_object (record_id, id);
"""

REVERSE = "DROP TABLE documents_association, documents_entry, documents_object, documents_submission, documents_head"


class Migration(migrations.Migration):
    """Written in SQL: Django refuses a foreign key to a composite key."""

    initial = True
    dependencies = [("kernel", "0001_initial")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
