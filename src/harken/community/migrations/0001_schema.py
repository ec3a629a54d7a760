"""The tables of community, and its full-text index."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import harken.community.models.posts
import harken.community.weighing
from harken.base.tables import CreateTables


def make_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE TABLE community_search (post_id bigint PRIMARY KEY, words tsvector NOT NULL)"
        )
        schema_editor.execute("CREATE INDEX community_search_words ON community_search USING gin (words)")
    else:  # contentless: texts are stored once
        schema_editor.execute(
            "CREATE VIRTUAL TABLE community_search USING fts5("
            "title, words, content='', tokenize=\"unicode61 remove_diacritics 2\")"
        )


def drop_index(apps, schema_editor):
    schema_editor.execute("DROP TABLE community_search")


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("community", "0001_initial"),
        ("community", "0002_search"),
        ("community", "0003_travel"),
        ("community", "0004_unanswered"),
        ("community", "0005_picture"),
        ("community", "0006_standing_and_hearing"),
        ("community", "0007_reach"),
        ("community", "0008_earned_standing"),
        ("community", "0009_house"),
        ("community", "0010_invitations"),
        ("community", "0011_checked"),
        ("community", "0012_stale"),
        ("community", "0013_letters"),
        ("community", "0014_opened"),
        ("community", "0015_waiting_order"),
        ("community", "0016_picture_due"),
        ("community", "0017_ideas"),
        ("community", "0018_topic_views"),
        ("community", "0019_agreements"),
        ("community", "0020_waiting_told"),
        ("community", "0021_decided_together"),
        ("community", "0022_post_kinds"),
        ("community", "0023_server_reports"),
        ("community", "0024_handed"),
        ("community", "0025_reach_settled"),
        ("community", "0026_customers_answers"),
    ]
    dependencies = [
        ("accounts", "0001_schema"),
        ("channels", "0001_schema"),
        ("clocks", "0001_schema"),
        ("people", "0001_schema"),
        ("team", "0001_schema"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
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
                        ("name", models.CharField(max_length=40, unique=True)),
                        ("topic_count", models.IntegerField(default=0)),
                        ("is_product", models.BooleanField(default=False)),
                        ("is_demo", models.BooleanField(default=False)),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Member",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=80)),
                        ("slug", models.CharField(max_length=40, unique=True)),
                        ("line", models.CharField(blank=True, default="", max_length=80)),
                        ("about", models.TextField(blank=True, default="")),
                        ("is_super_user", models.BooleanField(default=False)),
                        (
                            "state",
                            models.CharField(
                                choices=[("active", "Active"), ("suspended", "Suspended"), ("gone", "Gone")],
                                default="active",
                                max_length=10,
                            ),
                        ),
                        ("joined_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("seen_at", models.DateTimeField(null=True)),
                        ("answers", models.IntegerField(default=0)),
                        ("solved", models.IntegerField(default=0)),
                        ("helped", models.IntegerField(default=0)),
                        ("origin", models.CharField(max_length=120, null=True, unique=True)),
                        ("is_demo", models.BooleanField(default=False)),
                        (
                            "person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="members",
                                to="people.person",
                            ),
                        ),
                        (
                            "user",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="member",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("travels_as", models.CharField(blank=True, default="", max_length=60)),
                        ("powers", models.JSONField(default=list)),
                        ("suspended_until", models.DateTimeField(null=True)),
                        ("rules_agreed", models.IntegerField(default=0)),
                        ("reach_settled", models.BooleanField(default=False)),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Post",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("opening", "Opening"),
                                    ("answer", "Answer"),
                                    ("comment", "Comment"),
                                    ("update", "Update"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("shown", "Shown"), ("held", "Held"), ("removed", "Removed")],
                                default="shown",
                                max_length=10,
                            ),
                        ),
                        (
                            "voice",
                            models.CharField(
                                choices=[
                                    ("customer", "CUSTOMER"),
                                    ("super_user", "SUPER_USER"),
                                    ("employee", "EMPLOYEE"),
                                    ("brand", "BRAND"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("text", models.TextField()),
                        ("html", models.TextField()),
                        ("indexed", models.TextField(blank=True, default="")),
                        ("language", models.CharField(blank=True, default="", max_length=10)),
                        ("key", models.CharField(max_length=64, null=True, unique=True)),
                        ("origin", models.CharField(max_length=120, null=True, unique=True)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("edited_at", models.DateTimeField(null=True)),
                        ("edits", models.IntegerField(default=0)),
                        ("thanks", models.IntegerField(default=0)),
                        ("worked", models.IntegerField(default=0)),
                        ("failed", models.IntegerField(default=0)),
                        ("said_on", models.CharField(blank=True, default="", max_length=30)),
                        ("url", models.CharField(blank=True, default="", max_length=1000)),
                        ("is_demo", models.BooleanField(default=False)),
                        (
                            "author",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="posts",
                                to="community.member",
                            ),
                        ),
                        (
                            "parent",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="comments",
                                to="community.post",
                            ),
                        ),
                        (
                            "topic",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="said",
                                to="community.topic",
                            ),
                        ),
                        ("may_travel", models.BooleanField(default=False)),
                        ("checked_at", models.DateTimeField(null=True)),
                        (
                            "checked_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="community.member",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["topic", "created_at", "id"], name="post_topic"),
                            models.Index(fields=["author", "-created_at"], name="post_author"),
                            models.Index(
                                condition=models.Q(
                                    ("kind", "answer"), ("state", "shown"), ("voice", "customer")
                                ),
                                fields=["created_at", "author", "topic"],
                                name="post_customers",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "opening")),
                                fields=("topic",),
                                name="one_opening_a_topic",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Space",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=80)),
                        ("slug", models.SlugField(allow_unicode=True, max_length=60, unique=True)),
                        ("icon", models.CharField(default="message-circle", max_length=40)),
                        ("intro", models.CharField(blank=True, default="", max_length=300)),
                        (
                            "audience",
                            models.CharField(
                                choices=[
                                    ("everyone", "Everyone"),
                                    ("members", "Members"),
                                    ("lounge", "Lounge"),
                                ],
                                default="everyone",
                                max_length=10,
                            ),
                        ),
                        ("kinds", models.JSONField(default=list)),
                        ("position", models.IntegerField(default=0)),
                        ("is_open", models.BooleanField(default=True)),
                        ("topic_count", models.IntegerField(default=0)),
                        ("version", models.IntegerField(default=1)),
                        ("is_demo", models.BooleanField(default=False)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "brand",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="spaces",
                                to="accounts.brand",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["position", "id"], name="space_position")],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Thanks",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="thanks_given",
                                to="community.member",
                            ),
                        ),
                        (
                            "post",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="thanked",
                                to="community.post",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(fields=("post", "member"), name="one_thanks_a_post")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Topic",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("question", "Question"),
                                    ("discussion", "Discussion"),
                                    ("announcement", "Announcement"),
                                    ("idea", "Idea"),
                                ],
                                default="question",
                                max_length=12,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "Open"),
                                    ("closed", "Closed"),
                                    ("held", "Held"),
                                    ("removed", "Removed"),
                                ],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        ("is_shown", models.BooleanField(default=True)),
                        ("title", models.CharField(max_length=200)),
                        ("slug", models.CharField(max_length=100)),
                        ("gist", models.CharField(blank=True, default="", max_length=240)),
                        ("asked_on", models.CharField(blank=True, default="", max_length=30)),
                        ("tag_names", models.JSONField(default=list)),
                        ("version", models.IntegerField(default=1)),
                        ("key", models.CharField(max_length=64, null=True, unique=True)),
                        ("origin", models.CharField(max_length=120, null=True, unique=True)),
                        (
                            "chosen_as",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("asker", "BY_ASKER"),
                                    ("staff", "BY_STAFF"),
                                    ("replaced", "REPLACED"),
                                ],
                                default="",
                                max_length=10,
                            ),
                        ),
                        ("solved_at", models.DateTimeField(null=True)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("last_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("answered_at", models.DateTimeField(null=True)),
                        (
                            "answered_voice",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("customer", "CUSTOMER"),
                                    ("super_user", "SUPER_USER"),
                                    ("employee", "EMPLOYEE"),
                                    ("brand", "BRAND"),
                                ],
                                default="",
                                max_length=12,
                            ),
                        ),
                        ("due_at", models.DateTimeField(null=True)),
                        ("answers", models.IntegerField(default=0)),
                        ("posts", models.IntegerField(default=0)),
                        ("thanks", models.IntegerField(default=0)),
                        ("same_question", models.IntegerField(default=0)),
                        ("views", models.IntegerField(default=0)),
                        ("is_demo", models.BooleanField(default=False)),
                        (
                            "author",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="topics",
                                to="community.member",
                            ),
                        ),
                        (
                            "chosen",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="community.post",
                            ),
                        ),
                        (
                            "chosen_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="community.member",
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
                            "last_author",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="community.member",
                            ),
                        ),
                        (
                            "space",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="topics",
                                to="community.space",
                            ),
                        ),
                        ("leads_clock", models.BooleanField(default=True)),
                        (
                            "summarised_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="community.member",
                            ),
                        ),
                        ("is_locked", models.BooleanField(default=False)),
                        ("doubts", models.IntegerField(default=0)),
                        ("is_stale", models.BooleanField(default=False)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("is_shown", True)),
                                fields=["-last_at", "-id"],
                                name="topic_latest",
                            ),
                            models.Index(
                                condition=models.Q(("is_shown", True)),
                                fields=["space", "-last_at", "-id"],
                                name="topic_space",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("answered_at", None),
                                    ("due_at__isnull", False),
                                    ("kind", "question"),
                                    ("state", "open"),
                                ),
                                fields=["due_at", "id"],
                                name="topic_waits",
                            ),
                            models.Index(fields=["author", "-created_at"], name="topic_author"),
                            models.Index(
                                condition=models.Q(("is_shown", True)),
                                fields=["-created_at", "-id"],
                                name="topic_newest",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("answered_at", None), ("is_shown", True), ("kind", "question")
                                ),
                                fields=["-created_at", "-id"],
                                name="topic_unanswered",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("is_shown", True), ("state__in", ["open", "closed"])),
                                    models.Q(("is_shown", False), ("state__in", ["held", "removed"])),
                                    _connector="OR",
                                ),
                                name="topic_shown_as_its_state",
                            )
                        ],
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
                            "tag",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="taggings",
                                to="community.tag",
                            ),
                        ),
                        (
                            "topic",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="taggings",
                                to="community.topic",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["tag", "-topic"], name="community_tagging_tag")],
                        "constraints": [
                            models.UniqueConstraint(fields=("topic", "tag"), name="one_community_tagging")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SameQuestion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="community.member",
                            ),
                        ),
                        (
                            "topic",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="same_askers",
                                to="community.topic",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(fields=("topic", "member"), name="one_same_question")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Notice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("opened", "Opened"),
                                    ("answered", "Answered"),
                                    ("commented", "Commented"),
                                    ("mentioned", "Mentioned"),
                                    ("thanked", "Thanked"),
                                    ("solved", "Solved"),
                                    ("outcome", "Outcome"),
                                    ("invited", "Invited"),
                                    ("travelled", "Travelled"),
                                    ("standing", "Standing"),
                                    ("decided", "Decided"),
                                    ("waits", "Waits"),
                                    ("idea", "Idea"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("seen_at", models.DateTimeField(null=True)),
                        (
                            "actor",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="community.member",
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="notices",
                                to="community.member",
                            ),
                        ),
                        (
                            "post",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="community.post",
                            ),
                        ),
                        (
                            "topic",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="community.topic",
                            ),
                        ),
                        ("address", models.CharField(blank=True, default="", max_length=200)),
                        ("key", models.CharField(max_length=80, null=True, unique=True)),
                        ("words", models.CharField(blank=True, default="", max_length=300)),
                        ("mail_at", models.DateTimeField(default=django.utils.timezone.now, null=True)),
                        (
                            "letter",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="notices",
                                to="community.letter",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["member", "-at"], name="notice_newest"),
                            models.Index(
                                condition=models.Q(("seen_at", None)), fields=["member"], name="notice_unseen"
                            ),
                            models.Index(
                                condition=models.Q(("mail_at__isnull", False)),
                                fields=["mail_at"],
                                name="notice_to_mail",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("member", "kind", "post", "actor"), name="one_notice_a_fact"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Following",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="following",
                                to="community.member",
                            ),
                        ),
                        (
                            "space",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="followers",
                                to="community.space",
                            ),
                        ),
                        (
                            "tag",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="followers",
                                to="community.tag",
                            ),
                        ),
                        (
                            "topic",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="followers",
                                to="community.topic",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("topic__isnull", False)),
                                fields=("member", "topic"),
                                name="one_following_a_topic",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("space__isnull", False)),
                                fields=("member", "space"),
                                name="one_following_a_space",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("tag__isnull", False)),
                                fields=("member", "tag"),
                                name="one_following_a_tag",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("space", None), ("tag", None), ("topic__isnull", False)),
                                    models.Q(("space__isnull", False), ("tag", None), ("topic", None)),
                                    models.Q(("space", None), ("tag__isnull", False), ("topic", None)),
                                    _connector="OR",
                                ),
                                name="following_one_thing",
                            ),
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
                        ("title", models.CharField(blank=True, default="", max_length=200)),
                        ("text", models.TextField(blank=True, default="")),
                        ("tag_names", models.JSONField(default=list)),
                        ("saved_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="drafts",
                                to="community.member",
                            ),
                        ),
                        (
                            "space",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="community.space",
                            ),
                        ),
                        (
                            "topic",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="drafts",
                                to="community.topic",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("topic__isnull", False)),
                                fields=("member", "topic"),
                                name="one_draft_an_answer",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("topic", None)),
                                fields=("member",),
                                name="one_draft_a_new_topic",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Outcome",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("worked", models.BooleanField()),
                        ("version", models.CharField(blank=True, default="", max_length=60)),
                        ("words", models.CharField(blank=True, default="", max_length=300)),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="community.member",
                            ),
                        ),
                        (
                            "post",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="outcomes",
                                to="community.post",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("post", "member"), name="one_outcome_a_post")
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="Revision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("title", models.CharField(blank=True, default="", max_length=200)),
                        ("text", models.TextField()),
                        ("reason", models.CharField(blank=True, default="", max_length=200)),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="community.member",
                            ),
                        ),
                        (
                            "post",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="revisions",
                                to="community.post",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["post", "at"], name="revision_post")],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Picture",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("stored_as", models.CharField(max_length=40, unique=True)),
                        ("content_type", models.CharField(max_length=20)),
                        ("size", models.IntegerField()),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="pictures",
                                to="community.member",
                            ),
                        ),
                        (
                            "due_at",
                            models.DateTimeField(
                                default=harken.community.models.posts.a_day_later, null=True
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("due_at__isnull", False)),
                                fields=["due_at"],
                                name="picture_due",
                            )
                        ],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="ExternalAuthor",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("network", models.CharField(max_length=30)),
                        ("key", models.CharField(max_length=500)),
                        ("handle", models.CharField(blank=True, default="", max_length=300)),
                        ("url", models.CharField(blank=True, default="", max_length=500)),
                        ("claimed_at", models.DateTimeField(null=True)),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="elsewhere",
                                to="community.member",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("network", "key"), name="one_external_author")
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="ExternalPost",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("external_id", models.CharField(max_length=500)),
                        ("is_ours", models.BooleanField(default=False)),
                        ("author_key", models.CharField(blank=True, default="", max_length=500)),
                        ("url", models.CharField(blank=True, default="", max_length=1000)),
                        ("held_because", models.CharField(blank=True, default="", max_length=200)),
                        ("changed_at", models.DateTimeField(null=True)),
                        ("deleted_at", models.DateTimeField(null=True)),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "channel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="channels.channel",
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
                            "post",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="elsewhere",
                                to="community.post",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("channel", "external_id"), name="one_external_post"
                            )
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="Round",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=20, unique=True)),
                        ("cursor", models.BigIntegerField(default=0)),
                        ("begun_at", models.DateTimeField(null=True)),
                        ("done_at", models.DateTimeField(null=True)),
                        ("figures", models.JSONField(default=dict)),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Standing",
                    fields=[
                        (
                            "member",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="standing_row",
                                serialize=False,
                                to="community.member",
                            ),
                        ),
                        ("credit", models.FloatField(default=0.0)),
                        ("frozen", models.FloatField(default=0.0)),
                        ("people", models.IntegerField(default=0)),
                        ("people_lately", models.IntegerField(default=0)),
                        ("good", models.IntegerField(default=0)),
                        ("judged", models.IntegerField(default=0)),
                        ("parts", models.JSONField(default=dict)),
                        ("missing", models.JSONField(default=list)),
                        ("rising", models.JSONField(default=dict)),
                        ("tired", models.JSONField(default=list)),
                        ("computed_at", models.DateTimeField(null=True)),
                        ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["due_at"], name="standing_due"),
                            models.Index(fields=["-credit", "member"], name="standing_credit"),
                        ],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="CreditFreeze",
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
                                    ("suspected", "Suspected"),
                                    ("cleared", "Cleared"),
                                    ("confirmed", "Confirmed"),
                                ],
                                default="suspected",
                                max_length=10,
                            ),
                        ),
                        ("thanks", models.IntegerField(default=0)),
                        ("reasons", models.JSONField(default=dict)),
                        ("found_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("reviewed_at", models.DateTimeField(null=True)),
                        ("words", models.CharField(blank=True, default="", max_length=300)),
                        ("members", models.ManyToManyField(related_name="freezes", to="community.member")),
                        (
                            "reviewed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["state", "-found_at"], name="freeze_state")],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="HeldPower",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("power", models.CharField(max_length=20)),
                        (
                            "state",
                            models.CharField(
                                choices=[("held", "Held"), ("leaving", "Leaving"), ("resting", "Resting")],
                                default="held",
                                max_length=8,
                            ),
                        ),
                        ("since", models.DateTimeField(default=django.utils.timezone.now)),
                        ("used_at", models.DateTimeField(null=True)),
                        ("leaves_at", models.DateTimeField(null=True)),
                        ("why", models.CharField(blank=True, default="", max_length=8)),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="held_powers",
                                to="community.member",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("member", "power"), name="one_hold_a_power")
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="HelpItem",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("who", models.BigIntegerField()),
                        ("at", models.DateTimeField()),
                        (
                            "why",
                            models.CharField(
                                choices=[
                                    ("chosen", "Chosen"),
                                    ("staff", "Staff"),
                                    ("worked", "Worked"),
                                    ("thanked", "Thanked"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("is_staff_verified", models.BooleanField(default=False)),
                        ("helped_later", models.IntegerField(default=0)),
                        ("noted_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "asker",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="help_got",
                                to="community.member",
                            ),
                        ),
                        (
                            "helper",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="help_given",
                                to="community.member",
                            ),
                        ),
                        (
                            "post",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="help_item",
                                to="community.post",
                            ),
                        ),
                        (
                            "topic",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="help_items",
                                to="community.topic",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["helper", "-at"], name="help_item_helper"),
                            models.Index(fields=["-at"], name="help_item_newest"),
                        ],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="SuperUserCall",
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
                                    ("invited", "Invited"),
                                    ("accepted", "Accepted"),
                                    ("declined", "Declined"),
                                    ("withdrawn", "Withdrawn"),
                                    ("ended", "Ended"),
                                ],
                                default="invited",
                                max_length=10,
                            ),
                        ),
                        ("words", models.CharField(max_length=500)),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("answered_at", models.DateTimeField(null=True)),
                        ("leaves_at", models.DateTimeField(null=True)),
                        ("ended_at", models.DateTimeField(null=True)),
                        ("ended_why", models.CharField(blank=True, default="", max_length=12)),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="community.member",
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="calls",
                                to="community.member",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ["invited", "accepted"])),
                                fields=("member",),
                                name="one_open_call",
                            )
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="House",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "strictness",
                            models.CharField(
                                choices=[
                                    ("off", "OFF"),
                                    ("lenient", "LENIENT"),
                                    ("normal", "NORMAL"),
                                    ("strict", "STRICT"),
                                ],
                                default="normal",
                                max_length=10,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Case",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("reasons", models.JSONField(default=list)),
                        ("mark", models.BigIntegerField(default=0)),
                        ("is_fresh", models.BooleanField(default=False)),
                        ("opened_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("due_at", models.DateTimeField()),
                        ("decided_at", models.DateTimeField(null=True)),
                        ("looked_at", models.DateTimeField(null=True)),
                        ("passed_by", models.JSONField(default=list)),
                        ("is_demo", models.BooleanField(default=False)),
                        (
                            "about",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="cases",
                                to="community.member",
                            ),
                        ),
                        (
                            "looker",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="community.member",
                            ),
                        ),
                        (
                            "post",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="cases",
                                to="community.post",
                            ),
                        ),
                        ("tell_at", models.DateTimeField(null=True)),
                        ("urgent", models.CharField(blank=True, default="", max_length=10)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("decided_at", None)),
                                fields=["due_at", "id"],
                                name="case_open",
                            ),
                            models.Index(
                                condition=models.Q(("decided_at", None), ("tell_at__isnull", False)),
                                fields=["tell_at"],
                                name="case_to_tell",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("decided_at", None), ("post__isnull", False)),
                                fields=("post",),
                                name="one_open_case_a_post",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("decided_at", None), ("post", None)),
                                fields=("about",),
                                name="one_open_case_a_profile",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Decision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "act",
                            models.CharField(
                                choices=[
                                    ("keep", "KEEP"),
                                    ("ask_edit", "ASK_EDIT"),
                                    ("hold", "HOLD"),
                                    ("remove", "REMOVE"),
                                    ("close", "CLOSE"),
                                    ("lock", "LOCK"),
                                    ("move", "MOVE"),
                                    ("warn", "WARN"),
                                    ("suspend", "SUSPEND"),
                                    ("ban", "BAN"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("by_staff", models.BooleanField()),
                        ("on_company", models.BooleanField()),
                        ("kind", models.CharField(max_length=10)),
                        ("is_public", models.BooleanField(default=True)),
                        ("rule", models.IntegerField()),
                        ("rule_title", models.CharField(max_length=80)),
                        ("reason", models.CharField(max_length=400)),
                        ("until", models.DateTimeField(null=True)),
                        ("before", models.JSONField(default=dict)),
                        ("count", models.IntegerField(default=1)),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("undone_at", models.DateTimeField(null=True)),
                        ("undone_why", models.CharField(blank=True, default="", max_length=400)),
                        ("is_demo", models.BooleanField(default=False)),
                        (
                            "about",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="decided",
                                to="community.member",
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="community.member",
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="decisions",
                                to="community.case",
                            ),
                        ),
                        (
                            "post",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="decisions",
                                to="community.post",
                            ),
                        ),
                        (
                            "undone_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="community.member",
                            ),
                        ),
                        (
                            "first",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="alike",
                                to="community.decision",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["-at", "-id"], name="decision_newest"),
                            models.Index(fields=["about", "-at"], name="decision_about"),
                        ],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Appeal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("words", models.CharField(max_length=1000)),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("due_at", models.DateTimeField()),
                        ("judged_at", models.DateTimeField(null=True)),
                        ("is_granted", models.BooleanField(null=True)),
                        ("reason", models.CharField(blank=True, default="", max_length=400)),
                        ("looked_at", models.DateTimeField(null=True)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="community.member",
                            ),
                        ),
                        (
                            "judged_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="community.member",
                            ),
                        ),
                        (
                            "looker",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="community.member",
                            ),
                        ),
                        (
                            "decision",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="appeal",
                                to="community.decision",
                            ),
                        ),
                        ("tell_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("judged_at", None)),
                                fields=["due_at", "id"],
                                name="appeal_open",
                            ),
                            models.Index(
                                condition=models.Q(("judged_at", None), ("tell_at__isnull", False)),
                                fields=["tell_at"],
                                name="appeal_to_tell",
                            ),
                        ],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Flag",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("rule", models.IntegerField()),
                        ("words", models.CharField(blank=True, default="", max_length=300)),
                        (
                            "outcome",
                            models.CharField(
                                choices=[("open", "Open"), ("upheld", "Upheld"), ("dismissed", "Dismissed")],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "about",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="community.member",
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="flags",
                                to="community.case",
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="flags_given",
                                to="community.member",
                            ),
                        ),
                        (
                            "post",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="community.post",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["member", "-at"], name="flag_member")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("post__isnull", False)),
                                fields=("member", "post"),
                                name="one_flag_a_post",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("post", None)),
                                fields=("member", "about"),
                                name="one_flag_a_profile",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Rules",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.IntegerField(unique=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("voted", "Voted"),
                                    ("refused", "Refused"),
                                    ("announced", "Announced"),
                                ],
                                default="draft",
                                max_length=10,
                            ),
                        ),
                        ("note", models.CharField(blank=True, default="", max_length=300)),
                        ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("announced_at", models.DateTimeField(null=True)),
                        ("in_force_at", models.DateTimeField(null=True)),
                        ("is_told", models.BooleanField(default=False)),
                        ("is_demo", models.BooleanField(default=False)),
                        (
                            "made_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="community.member",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "announced")),
                                fields=["-in_force_at"],
                                name="rules_in_force",
                            )
                        ],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Rule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.IntegerField()),
                        ("title", models.CharField(max_length=80)),
                        ("words", models.CharField(blank=True, default="", max_length=500)),
                        (
                            "rules",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="rules",
                                to="community.rules",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["number"],
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(fields=("rules", "number"), name="one_rule_a_number")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Vote",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("opens_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("closes_at", models.DateTimeField()),
                        ("is_binding", models.BooleanField()),
                        ("counted_at", models.DateTimeField(null=True)),
                        ("voted_for", models.IntegerField(default=0)),
                        ("voted_against", models.IntegerField(default=0)),
                        ("might_vote", models.IntegerField(default=0)),
                        (
                            "rules",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="vote",
                                to="community.rules",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Ballot",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("is_for", models.BooleanField()),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="community.member",
                            ),
                        ),
                        (
                            "vote",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="ballots",
                                to="community.vote",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(fields=("vote", "member"), name="one_ballot_a_member")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Circles",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("is_on", models.BooleanField(default=True)),
                        ("first", models.IntegerField(default=3)),
                        ("more", models.IntegerField(default=3)),
                        ("widen_percent", models.IntegerField(default=50)),
                        ("staff_percent", models.IntegerField(default=75)),
                        (
                            "calendar",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="clocks.businesscalendar",
                            ),
                        ),
                        (
                            "space",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="circles",
                                to="community.space",
                            ),
                        ),
                        (
                            "takes",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
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
                    name="Expert",
                    fields=[
                        (
                            "member",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="expert",
                                serialize=False,
                                to="community.member",
                            ),
                        ),
                        ("is_on", models.BooleanField(default=False)),
                        ("wants_all", models.BooleanField(default=True)),
                        ("hours", models.JSONField(default=dict)),
                        ("zone", models.CharField(blank=True, default="", max_length=64)),
                        ("most_a_week", models.IntegerField(default=3)),
                        ("paused_until", models.DateTimeField(null=True)),
                        ("heat", models.FloatField(null=True)),
                        ("answers", models.IntegerField(default=0)),
                        ("good", models.IntegerField(default=0)),
                        ("week", models.BinaryField(default=bytes)),
                        ("expected", models.FloatField(default=0)),
                        ("kept", models.IntegerField(default=0)),
                        ("is_stale", models.BooleanField(default=True)),
                        ("is_demo", models.BooleanField(default=False)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("is_on", True)), fields=["-heat"], name="expert_active"
                            ),
                            models.Index(
                                condition=models.Q(("is_stale", True)), fields=["member"], name="expert_stale"
                            ),
                        ],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Asking",
                    fields=[
                        (
                            "topic",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="asking",
                                serialize=False,
                                to="community.topic",
                            ),
                        ),
                        ("step", models.IntegerField(default=0)),
                        ("is_waiting", models.BooleanField(default=True)),
                        ("due_at", models.DateTimeField(null=True)),
                        ("promised_at", models.DateTimeField(null=True)),
                        ("invited", models.IntegerField(default=0)),
                        ("instead", models.IntegerField(default=0)),
                        ("began_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("staff_at", models.DateTimeField(null=True)),
                        ("agent_at", models.DateTimeField(null=True)),
                        ("writing_at", models.DateTimeField(null=True)),
                        (
                            "agent",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="team.agent",
                            ),
                        ),
                        (
                            "writing",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="community.member",
                            ),
                        ),
                        ("handed_at", models.DateTimeField(null=True)),
                        (
                            "handed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="community.member",
                            ),
                        ),
                        ("handed_why", models.CharField(blank=True, default="", max_length=200)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("due_at__isnull", False), ("is_waiting", True)),
                                fields=["due_at"],
                                name="asking_due",
                            ),
                            models.Index(
                                condition=models.Q(("is_waiting", True)),
                                fields=["promised_at", "topic"],
                                name="asking_waits",
                            ),
                        ],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Invitation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("circle", models.IntegerField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "Asked"),
                                    ("accepted", "Accepted"),
                                    ("declined", "Declined"),
                                    ("answered", "Answered"),
                                    ("expired", "Expired"),
                                    ("withdrawn", "Withdrawn"),
                                ],
                                default="asked",
                                max_length=10,
                            ),
                        ),
                        ("why", models.CharField(default="", max_length=10)),
                        ("like", models.IntegerField(default=0)),
                        ("about", models.CharField(blank=True, default="", max_length=80)),
                        ("parts", models.JSONField(default=dict)),
                        ("foreseen", models.FloatField(default=0)),
                        ("others", models.IntegerField(default=0)),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("settled_at", models.DateTimeField(null=True)),
                        ("declined_why", models.CharField(blank=True, default="", max_length=10)),
                        (
                            "answer",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="community.post",
                            ),
                        ),
                        (
                            "instead",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="community.invitation",
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="invitations",
                                to="community.member",
                            ),
                        ),
                        (
                            "topic",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="invitations",
                                to="community.topic",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["member", "-at"], name="invitation_member"),
                            models.Index(
                                condition=models.Q(("state__in", ["asked", "accepted"])),
                                fields=["member"],
                                name="invitation_open",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("topic", "member"), name="one_invitation_a_question"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TagAnswers",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("answers", models.IntegerField()),
                        ("solved", models.IntegerField(default=0)),
                        ("is_on", models.BooleanField(default=False)),
                        (
                            "expert",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="in_tags",
                                to="community.expert",
                            ),
                        ),
                        (
                            "tag",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="community.tag",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("is_on", True)),
                                fields=["tag", "-answers"],
                                name="tag_answers_most",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("expert", "tag"), name="one_count_a_tag")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Wish",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "expert",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="wishes",
                                to="community.expert",
                            ),
                        ),
                        (
                            "space",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="community.space",
                            ),
                        ),
                        (
                            "tag",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="community.tag",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("tag__isnull", False)),
                                fields=("expert", "tag"),
                                name="one_wish_a_tag",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("space__isnull", False)),
                                fields=("expert", "space"),
                                name="one_wish_a_space",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("space", None), ("tag__isnull", False)),
                                    models.Q(("space__isnull", False), ("tag", None)),
                                    _connector="OR",
                                ),
                                name="wish_of_one_thing",
                            ),
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="LetterBox",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("email", models.CharField(max_length=254)),
                        ("asked_at", models.DateTimeField(null=True)),
                        ("confirmed_at", models.DateTimeField(null=True)),
                        ("rhythms", models.JSONField(default=dict)),
                        ("off_at", models.DateTimeField(null=True)),
                        ("bounces", models.IntegerField(default=0)),
                        ("failing_since", models.DateTimeField(null=True)),
                        ("problem", models.CharField(blank=True, default="", max_length=300)),
                        ("noted_at", models.DateTimeField(null=True)),
                        (
                            "member",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="box",
                                to="community.member",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "letter boxes",
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Letter",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("confirm", "Confirm"), ("news", "News"), ("day", "Day")],
                                max_length=10,
                            ),
                        ),
                        ("noted_at", models.DateTimeField(null=True)),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "dispatch",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="channels.dispatch",
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="letters",
                                to="community.member",
                            ),
                        ),
                        (
                            "post",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="community.post",
                            ),
                        ),
                        (
                            "topic",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="community.topic",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["member", "topic", "-at"], name="letter_of_topic")],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Idea",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("new", "NEW"),
                                    ("weighed", "WEIGHED"),
                                    ("doing", "DOING"),
                                    ("done", "DONE"),
                                    ("not_done", "NOT_DONE"),
                                ],
                                default=harken.community.weighing.Status["NEW"],
                                max_length=10,
                            ),
                        ),
                        ("next_word_at", models.DateField(null=True)),
                        ("next_word", models.CharField(blank=True, default="", max_length=200)),
                        ("word", models.TextField(blank=True, default="")),
                        ("word_at", models.DateTimeField(null=True)),
                        ("said", models.CharField(blank=True, default="", max_length=200)),
                        ("did", models.CharField(blank=True, default="", max_length=200)),
                        ("settled_at", models.DateTimeField(null=True)),
                        ("people", models.IntegerField(default=0)),
                        ("people_elsewhere", models.IntegerField(default=0)),
                        ("told_at", models.DateTimeField(null=True)),
                        ("is_demo", models.BooleanField(default=False)),
                        (
                            "merged_into",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="merged",
                                to="community.idea",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="team.agent",
                            ),
                        ),
                        (
                            "team",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="team.team",
                            ),
                        ),
                        (
                            "topic",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="idea",
                                to="community.topic",
                            ),
                        ),
                        (
                            "word_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="community.member",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("merged_into", None)),
                                fields=["-people", "-id"],
                                name="idea_people",
                            ),
                            models.Index(
                                condition=models.Q(("merged_into", None)),
                                fields=["status", "-people", "-id"],
                                name="idea_status",
                            ),
                            models.Index(
                                condition=models.Q(("merged_into", None), ("settled_at__isnull", False)),
                                fields=["-settled_at", "-id"],
                                name="idea_settled",
                            ),
                        ],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Want",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("who", models.CharField(max_length=64)),
                        ("said_on", models.CharField(blank=True, default="", max_length=30)),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "idea",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="wants",
                                to="community.idea",
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="wants",
                                to="community.member",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(fields=("idea", "who"), name="one_want_a_person")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TopicViews",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("day", models.DateField()),
                        ("views", models.IntegerField()),
                        (
                            "topic",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="viewed",
                                to="community.topic",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("day", "topic"), name="one_topic_views_a_day")
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="Agreement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "act",
                            models.CharField(
                                choices=[("joined", "Joined"), ("wrote", "Wrote")], max_length=10
                            ),
                        ),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="agreements",
                                to="community.member",
                            ),
                        ),
                        (
                            "rules",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="agreements",
                                to="community.rules",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(fields=("member", "rules"), name="agreed_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ServerReport",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("server", models.CharField(max_length=260)),
                        ("words", models.CharField(blank=True, default="", max_length=300)),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="server_reports",
                                to="community.case",
                            ),
                        ),
                        (
                            "post",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="community.post",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("server", "post"), name="one_report_a_server_and_post"
                            )
                        ],
                        "indexes": [],
                    },
                ),
            ]
        ),
        migrations.RunPython(make_index, drop_index),
    ]
