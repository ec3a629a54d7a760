"""The tables of guests, and its full-text index."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from harken.base.tables import CreateTables


def make_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE TABLE guests_search (post_id bigint PRIMARY KEY, words tsvector NOT NULL)"
        )
        schema_editor.execute("CREATE INDEX guests_search_words ON guests_search USING gin (words)")
    else:  # contentless: texts are stored once
        schema_editor.execute(
            "CREATE VIRTUAL TABLE guests_search USING fts5("
            "words, content='', tokenize=\"unicode61 remove_diacritics 2\")"
        )


def drop_index(apps, schema_editor):
    schema_editor.execute("DROP TABLE guests_search")


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("guests", "0001_initial"),
        ("guests", "0002_keeping_and_search"),
    ]
    dependencies = [
        ("channels", "0001_schema"),
        ("team", "0001_schema"),
    ]
    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="GuestPost",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("external_id", models.CharField(max_length=500)),
                        ("title", models.CharField(default="", max_length=300)),
                        ("text", models.TextField(default="")),
                        ("html", models.TextField(default="")),
                        ("author_name", models.CharField(default="", max_length=120)),
                        ("url", models.CharField(default="", max_length=1000)),
                        ("at", models.DateTimeField()),
                        ("is_dated", models.BooleanField(default=True)),
                        ("edited_at", models.DateTimeField(null=True)),
                        (
                            "mark",
                            models.CharField(
                                blank=True,
                                choices=[("", ""), ("seen", "seen"), ("answered", "answered")],
                                default="",
                                max_length=10,
                            ),
                        ),
                        ("marked_at", models.DateTimeField(null=True)),
                        (
                            "channel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="guest_posts",
                                to="channels.channel",
                            ),
                        ),
                        (
                            "delivery",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="channels.delivery",
                            ),
                        ),
                        (
                            "marked_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="team.agent",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["channel", "at", "id"], name="guest_post_of_a_place"),
                            models.Index(fields=["at", "id"], name="guest_post_newest"),
                            models.Index(
                                condition=models.Q(("mark", "")), fields=["channel"], name="guest_post_new"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("channel", "external_id"), name="one_guest_post_an_id"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Place",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("run_by", models.CharField(max_length=200)),
                        ("rules_url", models.CharField(max_length=500)),
                        (
                            "answering",
                            models.CharField(
                                choices=[("read", "read"), ("asked", "asked"), ("welcome", "welcome")],
                                default="read",
                                max_length=10,
                            ),
                        ),
                        ("allowed_by", models.CharField(blank=True, default="", max_length=200)),
                        ("allowed_on", models.DateField(blank=True, null=True)),
                        ("promised_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "channel",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="place",
                                to="channels.channel",
                            ),
                        ),
                        (
                            "promised_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="team.agent",
                            ),
                        ),
                        ("keep_days", models.PositiveSmallIntegerField(default=90)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("answering", "read"),
                                    models.Q(
                                        models.Q(("allowed_by", ""), _negated=True),
                                        ("allowed_on__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="guest_allowed_by_somebody",
                            )
                        ],
                        "indexes": [],
                    },
                ),
            ]
        ),
        migrations.RunPython(make_index, drop_index),
    ]
