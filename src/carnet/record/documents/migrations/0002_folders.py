"""Folders; entries whose bytes are elsewhere; the names of submission sets."""

from django.db import migrations

SQL = """
-- A folder and what it says of itself: `meta` is JSON of carnet.wire.xds.model.Folder. What it holds are HasMember
-- rows of documents_association (source: the folder). `updated_at` is when it was registered; the time of the last
-- change of what it holds depends on what the reader sees of it, and is computed.
CREATE TABLE documents_folder (
    record_id       bigint      NOT NULL,
    id              uuid        NOT NULL,
    unique_id       text        NOT NULL,
    submission      uuid        NOT NULL,
    owner_person    text        NOT NULL,
    owner_structure text        NOT NULL,
    updated_at      timestamptz NOT NULL,
    status          smallint    NOT NULL,   -- carnet.record.documents.rows.STATUSES
    meta            text        NOT NULL,
    PRIMARY KEY (record_id, id),
    UNIQUE (record_id, unique_id)
);
ALTER TABLE documents_folder ADD FOREIGN KEY (record_id, submission) REFERENCES documents_submission (record_id, id);

-- An entry registered by ITI-42 has no object here: its repositoryUniqueId says where its bytes are.
ALTER TABLE documents_entry ALTER COLUMN object_id DROP NOT NULL;

-- Sets are found by their uniqueId too; those that are there get the name that each submission claims.
INSERT INTO kernel_locator (domain, name, record_id)
SELECT DISTINCT l.domain, 'set:' || s.unique_id, s.record_id
FROM documents_submission s
JOIN documents_entry e ON e.record_id = s.record_id AND e.submission = s.id
JOIN kernel_locator l ON l.record_id = e.record_id AND l.name = 'doc:' || e.unique_id
ON CONFLICT DO NOTHING;
"""

REVERSE = """
ALTER TABLE documents_entry ALTER COLUMN object_id SET NOT NULL;
DROP TABLE documents_folder;
"""


class Migration(migrations.Migration):
    """Written in SQL, like the tables it adds to."""

    dependencies = [("documents", "0001_initial"), ("kernel", "0001_initial")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
