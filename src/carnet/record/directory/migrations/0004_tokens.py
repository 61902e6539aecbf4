"""Sessions that a provider opened, persons it was linked to, software with tokens, and tokens that serve once."""

from django.db import migrations

SQL = """
-- A session of a portal opened by an identity provider: its logout tokens name the provider's session or person.
CREATE TABLE directory_provider_session (
    session_key text        PRIMARY KEY,
    issuer      text        NOT NULL,
    subject     text        NOT NULL,
    sid         text        NOT NULL,
    ends_at     timestamptz NOT NULL
);
CREATE INDEX directory_provider_session_sid ON directory_provider_session (issuer, sid);
CREATE INDEX directory_provider_session_subject ON directory_provider_session (issuer, subject);

-- A patient's login and the provider's name for its person, linked once by somebody signed in under both.
CREATE TABLE directory_provider_link (
    issuer    text        NOT NULL,
    subject   text        NOT NULL,
    login     text        NOT NULL REFERENCES directory_account (login) ON UPDATE CASCADE ON DELETE CASCADE,
    linked_at timestamptz NOT NULL,
    PRIMARY KEY (issuer, subject),
    UNIQUE (login, issuer)
);

-- What serves once (jti of an assertion, of a logout token), by a digest, for as long as it could serve again.
CREATE TABLE directory_used_token (
    digest  bytea       PRIMARY KEY,
    ends_at timestamptz NOT NULL
);
CREATE INDEX directory_used_token_ends ON directory_used_token (ends_at);

-- Software that asks for tokens: a structure's, known by its public keys (a JWK set) and its certificate's thumbprint
-- (x5t#S256, empty for any certificate of the structure). `bound` refuses it tokens that no certificate is tied to.
CREATE TABLE directory_client (
    id         text    PRIMARY KEY,
    name       text    NOT NULL,
    structure  text    NOT NULL REFERENCES directory_structure (id),
    keys       jsonb   NOT NULL,
    scopes     text    NOT NULL,
    thumbprint text    NOT NULL DEFAULT '',
    bound      boolean NOT NULL DEFAULT true
);
"""

REVERSE = """
DROP TABLE directory_client, directory_used_token, directory_provider_link, directory_provider_session
"""


class Migration(migrations.Migration):
    """Written in SQL: these tables are reached by statements only."""

    dependencies = [("directory", "0003_email")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
