"""The tables of inbox, and its full-text index."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from harken.base.tables import CreateTables


def make_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE TABLE inbox_search (message_id bigint PRIMARY KEY, words tsvector NOT NULL)"
        )
        schema_editor.execute("CREATE INDEX inbox_search_words ON inbox_search USING gin (words)")
    else:  # contentless: texts are stored once
        schema_editor.execute(
            "CREATE VIRTUAL TABLE inbox_search USING fts5("
            "words, content='', columnsize=0, tokenize=\"unicode61 remove_diacritics 2\")"
        )


def drop_index(apps, schema_editor):
    schema_editor.execute("DROP TABLE inbox_search")


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("inbox", "0001_initial"),
        ("inbox", "0002_search"),
        ("inbox", "0003_fast_lists"),
        ("inbox", "0004_promised"),
        ("inbox", "0005_fewer_indexes"),
        ("inbox", "0006_amendments"),
        ("inbox", "0007_amendments_waiting"),
    ]
    dependencies = [
        ("accounts", "0001_schema"),
        ("channels", "0001_schema"),
        ("clocks", "0001_schema"),
        ("people", "0001_schema"),
        ("team", "0001_schema"),
    ]
    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="Tag",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=60, unique=True)),
                        ("is_demo", models.BooleanField(default=False)),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Conversation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("thread_key", models.CharField(default="", max_length=300)),
                        ("subject", models.CharField(default="", max_length=300)),
                        ("is_public", models.BooleanField(default=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "Open"), ("snoozed", "Snoozed"), ("closed", "Closed")],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        ("version", models.IntegerField(default=1)),
                        ("snoozed_until", models.DateTimeField(null=True)),
                        ("promised_at", models.DateTimeField(null=True)),
                        ("language", models.CharField(default="", max_length=10)),
                        ("needs_answer", models.BooleanField(default=False)),
                        ("waiting_since", models.DateTimeField(null=True)),
                        ("urgency", models.CharField(default="normal", max_length=10)),
                        ("lane", models.SmallIntegerField(default=0)),
                        ("rank", models.FloatField(default=0)),
                        ("rank_parts", models.JSONField(default=dict)),
                        ("rank_due_at", models.DateTimeField(null=True)),
                        ("due_at", models.DateTimeField(null=True)),
                        ("first_message_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("last_message_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("last_customer_at", models.DateTimeField(null=True)),
                        ("asked_at", models.DateTimeField(null=True)),
                        ("answered_at", models.DateTimeField(null=True)),
                        ("closed_at", models.DateTimeField(null=True)),
                        ("preview", models.CharField(default="", max_length=240)),
                        ("message_count", models.IntegerField(default=0)),
                        ("tag_names", models.JSONField(default=list)),
                        ("replies", models.IntegerField(default=0)),
                        ("boosts", models.IntegerField(default=0)),
                        ("likes", models.IntegerField(default=0)),
                        ("is_archive", models.BooleanField(default=False)),
                        (
                            "assignee",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="team.agent",
                            ),
                        ),
                        (
                            "brand",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.brand",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="conversations",
                                to="channels.channel",
                            ),
                        ),
                        (
                            "clock",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="clocks.clock",
                            ),
                        ),
                        (
                            "handle",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="conversations",
                                to="people.handle",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="conversations",
                                to="people.person",
                            ),
                        ),
                        (
                            "team",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="team.team",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "open")),
                                fields=["assignee", "-lane", "-rank"],
                                name="conversation_mine",
                            ),
                            models.Index(fields=["channel", "-last_message_at"], name="conversation_channel"),
                            models.Index(
                                condition=models.Q(("state", "open")),
                                fields=["team", "-lane", "-rank"],
                                name="conversation_team",
                            ),
                            models.Index(fields=["person", "-last_message_at"], name="conversation_person"),
                            models.Index(fields=["channel", "thread_key"], name="conversation_thread"),
                            models.Index(
                                condition=models.Q(("asked_at__isnull", False)),
                                fields=["brand", "asked_at"],
                                name="conversation_asked",
                            ),
                            models.Index(
                                condition=models.Q(("state", "snoozed")),
                                fields=["snoozed_until"],
                                name="conversation_snoozed",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("is_archive", False), ("needs_answer", True), ("state", "open")
                                ),
                                fields=["rank_due_at"],
                                name="conversation_rerank",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("is_archive", False), ("needs_answer", True), ("state", "open")
                                ),
                                fields=["-lane", "-rank", "waiting_since", "id"],
                                name="conversation_needs",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("is_archive", False), ("needs_answer", True), ("state", "open")
                                ),
                                fields=["waiting_since"],
                                name="conversation_waits",
                            ),
                            models.Index(fields=["-last_message_at", "-id"], name="conversation_newest"),
                            models.Index(
                                condition=models.Q(("promised_at__isnull", False)),
                                fields=["promised_at"],
                                name="conversation_promised",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "closed"), _negated=True),
                                fields=("channel", "handle", "thread_key"),
                                name="one_open_conversation",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Draft",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("mode", models.CharField(default="public", max_length=10)),
                        ("text", models.TextField(default="")),
                        ("saved_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "agent",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="drafts",
                                to="team.agent",
                            ),
                        ),
                        (
                            "conversation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="drafts",
                                to="inbox.conversation",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("conversation", "agent", "mode"), name="one_draft_a_mode"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Message",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "direction",
                            models.CharField(
                                choices=[("in", "In"), ("out", "Out"), ("note", "Note")], max_length=4
                            ),
                        ),
                        ("external_id", models.CharField(max_length=500, null=True)),
                        ("in_reply_to", models.CharField(default="", max_length=500)),
                        ("text", models.TextField(default="")),
                        ("html", models.TextField(default="")),
                        ("quoted", models.TextField(default="")),
                        ("subject", models.CharField(default="", max_length=300)),
                        ("url", models.CharField(default="", max_length=1000)),
                        ("is_public", models.BooleanField(default=True)),
                        ("is_automatic", models.BooleanField(default=False)),
                        ("is_verified", models.BooleanField(default=True)),
                        ("needs_reply", models.BooleanField(default=False)),
                        ("sentiment", models.SmallIntegerField(null=True)),
                        ("language", models.CharField(default="", max_length=10)),
                        ("judgement", models.JSONField(default=dict)),
                        ("happened_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("arrived_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("edited_at", models.DateTimeField(null=True)),
                        ("deleted_at", models.DateTimeField(null=True)),
                        ("versions", models.JSONField(default=list)),
                        ("replies", models.IntegerField(default=0)),
                        ("boosts", models.IntegerField(default=0)),
                        ("likes", models.IntegerField(default=0)),
                        ("details", models.JSONField(default=dict)),
                        (
                            "author",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="team.agent",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="channels.channel",
                            ),
                        ),
                        (
                            "conversation",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="messages",
                                to="inbox.conversation",
                            ),
                        ),
                        (
                            "delivery",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="channels.delivery",
                            ),
                        ),
                        (
                            "dispatch",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="message",
                                to="channels.dispatch",
                            ),
                        ),
                        (
                            "handle",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="people.handle",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["conversation", "happened_at", "id"], name="message_thread")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("channel", "external_id"), name="one_message_a_post"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Mention",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("seen_at", models.DateTimeField(null=True)),
                        (
                            "agent",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="mentions",
                                to="team.agent",
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="mentions",
                                to="inbox.message",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Attachment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=300)),
                        (
                            "content_type",
                            models.CharField(default="application/octet-stream", max_length=120),
                        ),
                        ("size", models.IntegerField(default=0)),
                        ("stored_as", models.CharField(default="", max_length=120)),
                        ("url", models.CharField(default="", max_length=1000)),
                        ("text", models.CharField(default="", max_length=1500)),
                        ("is_inline", models.BooleanField(default=False)),
                        ("content_id", models.CharField(default="", max_length=300)),
                        ("problem", models.CharField(default="", max_length=300)),
                        (
                            "message",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="attachments",
                                to="inbox.message",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Approval",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("approved", "Approved"),
                                    ("returned", "Returned"),
                                    ("withdrawn", "Withdrawn"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("why", models.CharField(default="", max_length=200)),
                        ("original_text", models.TextField(default="")),
                        ("decided_at", models.DateTimeField(null=True)),
                        ("comment", models.TextField(default="")),
                        ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="team.agent",
                            ),
                        ),
                        (
                            "message",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="approval",
                                to="inbox.message",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "waiting")),
                                fields=["asked_at"],
                                name="approval_waiting",
                            )
                        ],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Row",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("language", models.CharField(max_length=10)),
                        ("version", models.IntegerField()),
                        ("html", models.TextField()),
                        (
                            "conversation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="rows",
                                to="inbox.conversation",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("conversation", "language"), name="one_row_a_language"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SavedView",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=80)),
                        ("query", models.CharField(max_length=500)),
                        (
                            "agent",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="saved_views",
                                to="team.agent",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Tagging",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "conversation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="taggings",
                                to="inbox.conversation",
                            ),
                        ),
                        (
                            "tag",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="taggings",
                                to="inbox.tag",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(fields=("conversation", "tag"), name="one_tagging")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Amendment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(choices=[("edit", "Edit"), ("delete", "Delete")], max_length=10),
                        ),
                        ("text", models.TextField(default="")),
                        ("reason", models.CharField(default="", max_length=200)),
                        ("why", models.CharField(default="", max_length=200)),
                        ("decided_at", models.DateTimeField(null=True)),
                        ("comment", models.TextField(default="")),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="team.agent",
                            ),
                        ),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="team.agent",
                            ),
                        ),
                        (
                            "dispatch",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="amendment",
                                to="channels.dispatch",
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="amendments",
                                to="inbox.message",
                            ),
                        ),
                        ("is_waiting", models.BooleanField(default=False)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("is_waiting", True)),
                                fields=["at"],
                                name="amendment_waiting",
                            )
                        ],
                        "constraints": [],
                    },
                ),
            ]
        ),
        migrations.RunPython(make_index, drop_index),
    ]
