"""For how long a place's posts are kept, and the full-text index over them (FTS5 on SQLite, tsvector on PostgreSQL)."""

from django.db import migrations, models

from harken.brain.segment import segment


def make_index(apps, schema_editor):
    postgres = schema_editor.connection.vendor == "postgresql"
    if postgres:
        schema_editor.execute("CREATE TABLE guests_search (post_id bigint PRIMARY KEY, words tsvector NOT NULL)")
        schema_editor.execute("CREATE INDEX guests_search_words ON guests_search USING gin (words)")
        statement = "INSERT INTO guests_search (post_id, words) VALUES (%s, to_tsvector('simple', %s))"
    else:
        schema_editor.execute(
            "CREATE VIRTUAL TABLE guests_search USING fts5("
            "words, content='', tokenize=\"unicode61 remove_diacritics 2\")"
        )
        statement = "INSERT INTO guests_search (rowid, words) VALUES (%s, %s)"
    rows = apps.get_model("guests", "GuestPost").objects.values_list("pk", "title", "author_name", "text")
    with schema_editor.connection.cursor() as cursor:
        for pk, title, author, text in rows.iterator(chunk_size=500):
            cursor.execute(statement, [pk, segment(f"{title}\n{author}\n{text}")])


def drop_index(apps, schema_editor):
    schema_editor.execute("DROP TABLE guests_search")


class Migration(migrations.Migration):
    dependencies = [("guests", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="place", name="keep_days", field=models.PositiveSmallIntegerField(default=90)
        ),
        migrations.RunPython(make_index, drop_index),
    ]
