"""The house's own key, in the row of record 0: what was derived from the master key itself goes on being derived."""

from django.conf import settings
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from carnet.kernel import master_key


def keep_what_is_derived(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """A database that has keys has seeds and hashes too; an empty one gets a random key at its first need."""
    first = next((word for word in settings.CARNET_MASTER_KEY if not word.startswith("pkcs11:")), None)
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(*) FILTER (WHERE record_id = 0) FROM kernel_record_key")
        keys, house = cursor.fetchone()
        if not keys or house or first is None:
            return
        master, wrapped = master_key.wrap(master_key.key_bytes(first), (0).to_bytes(8))
        cursor.execute(
            "INSERT INTO kernel_record_key (record_id, master, wrapped) VALUES (0, %s, %s)", (master, wrapped)
        )


class Migration(migrations.Migration):
    """One row; going back leaves it, which harms nobody."""

    dependencies = [("kernel", "0005_closed_domain")]
    operations = [migrations.RunPython(keep_what_is_derived, migrations.RunPython.noop)]
