"""Codes sent by mail, what an account chose, open sessions, trusted devices."""

from django.conf import settings
from django.db import migrations

SQL = """
-- A code that left by mail, for one use of one account; `account` and `code` are digests under a key that the database
-- never holds, and a login that nobody has gets a row like the others.
CREATE TABLE frame_mail_code (
    account  bytea       NOT NULL,
    purpose  text        NOT NULL,
    code     bytea       NOT NULL,
    until    timestamptz NOT NULL,
    attempts int         NOT NULL DEFAULT 0,
    PRIMARY KEY (account, purpose)
);

-- Who wants a code by mail as a second proof. The address is the verified one of the account.
CREATE TABLE frame_mail_factor (
    user_id int PRIMARY KEY REFERENCES auth_user ON DELETE CASCADE
);

-- What an open session was opened with, in words; it goes with the session.
CREATE TABLE frame_session (
    session_key varchar(40) PRIMARY KEY REFERENCES django_session ON DELETE CASCADE,
    id          uuid        NOT NULL DEFAULT gen_random_uuid(),
    user_id     int         NOT NULL REFERENCES auth_user ON DELETE CASCADE,
    browser     text        NOT NULL,
    system      text        NOT NULL,
    first_seen  timestamptz NOT NULL DEFAULT now(),
    last_seen   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX frame_session_user ON frame_session (user_id);

-- A device that skips the second proof until a day; `secret` is the digest of what its cookie holds.
CREATE TABLE frame_trusted_device (
    id      uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id int         NOT NULL REFERENCES auth_user ON DELETE CASCADE,
    secret  bytea       NOT NULL,
    browser text        NOT NULL,
    system  text        NOT NULL,
    since   timestamptz NOT NULL DEFAULT now(),
    until   timestamptz NOT NULL
);
CREATE INDEX frame_trusted_device_user ON frame_trusted_device (user_id);
"""
REVERSE = "DROP TABLE frame_trusted_device, frame_session, frame_mail_factor, frame_mail_code"


class Migration(migrations.Migration):
    """Written in SQL: these tables are reached by statements only."""

    initial = True
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("sessions", "0001_initial"),
    ]
    operations = [migrations.RunSQL(SQL, REVERSE)]
