"""The full-text index: FTS5 on SQLite (contentless, so texts are stored once), tsvector on PostgreSQL."""

from django.db import migrations


def make_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE TABLE inbox_search (message_id bigint PRIMARY KEY, words tsvector NOT NULL)"
        )
        schema_editor.execute("CREATE INDEX inbox_search_words ON inbox_search USING gin (words)")
    else:
        schema_editor.execute(
            "CREATE VIRTUAL TABLE inbox_search USING fts5("
            "words, content='', columnsize=0, tokenize=\"unicode61 remove_diacritics 2\")"
        )


def drop_index(apps, schema_editor):
    schema_editor.execute("DROP TABLE inbox_search")


class Migration(migrations.Migration):
    dependencies = [("inbox", "0001_initial")]
    operations = [migrations.RunPython(make_index, drop_index)]
