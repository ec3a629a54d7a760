"""The full-text index over posts: FTS5 on SQLite (contentless, so texts are stored once), tsvector on PostgreSQL."""

from django.db import migrations


def make_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE TABLE community_search (post_id bigint PRIMARY KEY, words tsvector NOT NULL)"
        )
        schema_editor.execute("CREATE INDEX community_search_words ON community_search USING gin (words)")
    else:
        schema_editor.execute(
            "CREATE VIRTUAL TABLE community_search USING fts5("
            "title, words, content='', tokenize=\"unicode61 remove_diacritics 2\")"
        )


def drop_index(apps, schema_editor):
    schema_editor.execute("DROP TABLE community_search")


class Migration(migrations.Migration):
    dependencies = [("community", "0001_initial")]
    operations = [migrations.RunPython(make_index, drop_index)]
