"""The database itself refuses to change an entry, whoever asks."""

from django.db import migrations

SQLITE = """
CREATE TRIGGER credits_entry_never_changes BEFORE UPDATE ON credits_entry
BEGIN SELECT RAISE(ABORT, 'credits: entries are never changed'); END
"""
POSTGRES = """
CREATE FUNCTION credits_entry_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'credits: entries are never changed' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER credits_entry_never_changes BEFORE UPDATE OR DELETE ON credits_entry
FOR EACH ROW EXECUTE FUNCTION credits_entry_never_changes()
"""


def guard(apps, schema_editor):
    schema_editor.execute(POSTGRES if schema_editor.connection.vendor == "postgresql" else SQLITE)


def unguard(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER credits_entry_never_changes ON credits_entry")
        schema_editor.execute("DROP FUNCTION credits_entry_never_changes()")
    else:
        schema_editor.execute("DROP TRIGGER credits_entry_never_changes")


class Migration(migrations.Migration):
    dependencies = [("credits", "0001_initial")]
    operations = [migrations.RunPython(guard, unguard)]
