"""Reports count topics and posts from indexes alone."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clocks", "0001_schema"),
        ("community", "0001_schema"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(  # SQLite would write the whole table anew
            database_operations=[
                migrations.RunSQL(
                    "DROP INDEX community_post_topic_id_35a99c08",
                    "CREATE INDEX community_post_topic_id_35a99c08 ON community_post (topic_id)",
                )
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="post",
                    name="topic",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="said",
                        to="community.topic",
                    ),
                )
            ],
        ),
        migrations.RemoveIndex(model_name="post", name="post_topic"),
        migrations.RemoveIndex(model_name="post", name="post_customers"),
        migrations.RemoveIndex(model_name="topic", name="topic_newest"),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(fields=["topic", "created_at", "id", "author", "state"], name="post_topic"),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                fields=["created_at", "author", "topic", "kind", "state", "voice", "thanks", "worked", "origin"],
                name="post_counted",
            ),
        ),
        migrations.AddIndex(
            model_name="topic",
            index=models.Index(
                condition=models.Q(("is_shown", True)),
                fields=[
                    "-created_at", "-id", "kind", "state", "space", "origin", "asked_on",
                    "answered_at", "answered_voice", "chosen", "chosen_as", "solved_at",
                ],
                name="topic_newest",
            ),
        ),
    ]  # fmt: skip
