"""Seals: the transaction of each entry, chains of links, seals. And whether a connection was secret."""

from django.db import migrations

SQL = """
-- The transaction that wrote the entry, of 64 bits: it never comes round. Whoever inserts does not name it.
ALTER TABLE journal_entry ADD COLUMN xact bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint;
-- Connexion secrète: representatives of a minor are not told.
ALTER TABLE journal_entry ADD COLUMN secret boolean NOT NULL DEFAULT false;
-- Entries arrive in the order of their transactions: some numbers a block find the latest, at no cost to who inserts.
CREATE INDEX journal_entry_xact ON journal_entry USING brin (xact) WITH (pages_per_range = 32, autosummarize = on);

CREATE TABLE journal_seal (
    number    bigint      PRIMARY KEY,
    at        timestamptz NOT NULL,
    count     integer     NOT NULL,
    root      bytea       NOT NULL,
    previous  bytea       NOT NULL,   -- digest of the seal before
    key       text        NOT NULL,   -- fingerprint of the public key
    signature bytea       NOT NULL,
    mark      bigint      NOT NULL    -- every entry of an earlier transaction is sealed
);

CREATE TABLE journal_link (
    seal       bigint  NOT NULL,
    leaf       integer NOT NULL,      -- place in the tree of the seal
    record_id  bigint  NOT NULL,
    position   bigint  NOT NULL,      -- place in the chain of the record, from 1, without gaps
    link       bytea   NOT NULL,
    commitment bytea,                 -- null: known from the seal outside only
    salt       bytea,                 -- null: destroyed with the content
    at         timestamptz,           -- of the entry; null, with writer and number, for a place left blank
    writer     bigint,
    number     bigint,
    PRIMARY KEY (seal, leaf)
);
CREATE UNIQUE INDEX journal_link_place ON journal_link (record_id, position);
CREATE UNIQUE INDEX journal_link_entry ON journal_link (writer, number);
"""

REVERSE = """
DROP TABLE journal_link;
DROP TABLE journal_seal;
DROP INDEX journal_entry_xact;
ALTER TABLE journal_entry DROP COLUMN secret;
ALTER TABLE journal_entry DROP COLUMN xact;
"""


class Migration(migrations.Migration):
    """Written in SQL, as the table of entries is."""

    dependencies = [("journal", "0002_brought")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
