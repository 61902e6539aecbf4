"""What each process may do in the database: what serves changes no trace, adds no seal; the sealer sees no patient."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from carnet.kernel import database
from carnet.ops import rights
from tests.conftest import Living, start_carnet, stop_carnet
from tests.processes import server_elsewhere
from tests.processes.conftest import wait_for

_TRY = """
import json, sys
import django
django.setup()
from django.db import DatabaseError, connection, transaction
from carnet.ops import rights
rights.take(sys.argv[1])
answers = []
for statement in json.loads(sys.argv[2]):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
            transaction.set_rollback(True)
        answers.append("done")
    except DatabaseError as error:
        answers.append(type(error.__cause__).__name__)
print(json.dumps(answers))
"""
_WHO = """
import json
import django
django.setup()
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute(
        "SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    print(json.dumps(sorted(name for (name,) in cursor.fetchall())))
"""
# None is added: the right is asked for all the same.
_SEAL = "INSERT INTO journal_seal SELECT * FROM journal_seal WHERE false"
FORBIDDEN_TO_SERVICE = [
    "UPDATE journal_entry SET person = 'somebody else'",
    "DELETE FROM journal_entry",
    "TRUNCATE journal_entry",
    "DELETE FROM journal_entry_default",
    _SEAL,
    "UPDATE journal_seal SET root = ''",
    "DELETE FROM journal_link",
    "UPDATE journal_link SET salt = NULL",
    "INSERT INTO journal_brought SELECT * FROM journal_brought",
    "DELETE FROM django_migrations",
    "CREATE TABLE elsewhere (row bigint)",
    "DROP TABLE documents_entry",
    "ALTER TABLE journal_entry DISABLE TRIGGER ALL",
    "ALTER ROLE carnet_service SUPERUSER",
    "SET ROLE carnet",
    "GRANT carnet TO carnet_service",
]
FORBIDDEN_TO_SEALER = [
    "SELECT * FROM documents_entry",
    "SELECT * FROM identity_record",
    "SELECT * FROM kernel_record_key",
    "SELECT * FROM directory_account",
    "UPDATE journal_entry SET person = 'somebody else'",
    "DELETE FROM journal_entry",
    "UPDATE journal_seal SET root = ''",
    "DELETE FROM journal_link",
    "SELECT journal_make_partition('2090-01-01')",
]
ALLOWED = {
    "service": ["SELECT count(*) FROM documents_entry", "SELECT journal_make_partition('2090-01-01')"],
    "sealer": ["SELECT count(*) FROM journal_entry", _SEAL],
}


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Living]:
    """A copy whose database is another's server."""
    folder = tmp_path_factory.mktemp("elsewhere")
    with server_elsewhere.served(folder) as settings:
        found = start_carnet(folder / "home", own=True, **settings)
        yield found
        stop_carnet(found)


def tried(living: Living, use: str, statements: list[str]) -> dict[str, Any]:
    """What came of each statement, tried as a process of that use and taken back."""
    told = living.python(_TRY, use, json.dumps(statements))
    assert told.returncode == 0, told.stderr
    return dict(zip(statements, json.loads(told.stdout), strict=True))


@pytest.mark.parametrize(
    ("use", "statements"),
    [
        ("quick", FORBIDDEN_TO_SERVICE),
        ("bulk", FORBIDDEN_TO_SERVICE[:3]),
        ("service", FORBIDDEN_TO_SERVICE),
        ("sealer", FORBIDDEN_TO_SEALER),
    ],
)
def test_a_process_may_not_do_what_it_has_no_need_for(living: Living, use: str, statements: list[str]) -> None:
    assert tried(living, use, statements) == dict.fromkeys(statements, "InsufficientPrivilege")


@pytest.mark.parametrize("use", ["service", "sealer"])
def test_a_process_does_its_work(living: Living, use: str) -> None:
    assert tried(living, use, ALLOWED[use]) == dict.fromkeys(ALLOWED[use], "done")


def test_nobody_who_serves_owns_the_tables(living: Living) -> None:
    told = living.python(_WHO)
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == ["carnet_sealer", "carnet_service"]


def test_a_server_elsewhere_holds_the_same(elsewhere: Living) -> None:
    test_nobody_who_serves_owns_the_tables(elsewhere)
    for use, statements in (("service", FORBIDDEN_TO_SERVICE), ("sealer", FORBIDDEN_TO_SEALER)):
        test_a_process_may_not_do_what_it_has_no_need_for(elsewhere, use, statements)
        test_a_process_does_its_work(elsewhere, use)
    wait_for(lambda: elsewhere.command("check").returncode == 0, 60)
    verified = elsewhere.command("journal", "verify")
    assert verified.returncode == 0, verified.stdout


@pytest.mark.django_db
@pytest.mark.parametrize("alone", ["service", "sealer"])
def test_one_account_beside_the_owner_has_its_rights(settings: Any, alone: str) -> None:
    """A server elsewhere may know one of the two; the owner does the work of the other."""
    uses = settings.CARNET_DATABASE_USES
    settings.CARNET_DATABASE_USES = {
        use: values
        if (use == "sealer") is (alone == "sealer")
        else values | {"USER": settings.DATABASES["default"]["USER"]}
        for use, values in uses.items()
    }
    assert not rights.separate()
    rights.grant()
    may = "SELECT has_table_privilege(%s, 'journal_entry', %s)"
    account = uses[alone]["USER"]
    expected = {"SELECT": True, "INSERT": alone == "service", "UPDATE": False, "DELETE": False}
    assert {verb: database.rows(may, (account, verb)) == [(True,)] for verb in expected} == expected
