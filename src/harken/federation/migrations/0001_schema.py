"""The tables of federation."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from harken.base.tables import CreateTables


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("federation", "0001_initial"),
    ]
    dependencies = [
        ("accounts", "0001_schema"),
        ("channels", "0001_schema"),
        ("community", "0001_schema"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="Acquaintance",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("uri", models.CharField(max_length=500, unique=True)),
                        ("host", models.CharField(max_length=260)),
                        ("key_id", models.CharField(max_length=500)),
                        ("key", models.TextField()),
                        ("name", models.CharField(blank=True, default="", max_length=120)),
                        ("handle", models.CharField(blank=True, default="", max_length=320)),
                        ("url", models.CharField(blank=True, default="", max_length=500)),
                        ("inbox", models.CharField(max_length=500)),
                        ("shared_inbox", models.CharField(blank=True, default="", max_length=500)),
                        ("is_bot", models.BooleanField(default=False)),
                        ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Server",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("host", models.CharField(max_length=260, unique=True)),
                        ("attempts", models.IntegerField(default=0)),
                        ("failing_since", models.DateTimeField(null=True)),
                        ("not_before", models.DateTimeField(null=True)),
                        ("given_up_at", models.DateTimeField(null=True)),
                        ("reached_at", models.DateTimeField(null=True)),
                        ("problem", models.CharField(blank=True, default="", max_length=300)),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="SpaceActor",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=60, unique=True)),
                        ("base", models.CharField(max_length=300)),
                        ("public_key", models.TextField()),
                        ("is_on", models.BooleanField(default=True)),
                        ("told_as", models.CharField(blank=True, default="", max_length=64)),
                        ("is_due", models.BooleanField(default=False)),
                        ("began_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "channel",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="space_actor",
                                to="channels.channel",
                            ),
                        ),
                        (
                            "space",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="actor",
                                to="community.space",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Activity",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("uri", models.CharField(max_length=600, unique=True)),
                        ("body", models.JSONField()),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "actor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="activities",
                                to="federation.spaceactor",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Parcel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("inbox", models.CharField(max_length=500)),
                        ("host", models.CharField(max_length=260)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("queued", "Queued"),
                                    ("claimed", "Claimed"),
                                    ("sent", "Sent"),
                                    ("refused", "Refused"),
                                    ("given_up", "Given Up"),
                                ],
                                default="queued",
                                max_length=10,
                            ),
                        ),
                        ("attempts", models.IntegerField(default=0)),
                        ("not_before", models.DateTimeField(default=django.utils.timezone.now)),
                        ("claimed_until", models.DateTimeField(null=True)),
                        ("reason", models.CharField(blank=True, default="", max_length=300)),
                        ("settled_at", models.DateTimeField(null=True)),
                        (
                            "activity",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="parcels",
                                to="federation.activity",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "queued")),
                                fields=["not_before", "id"],
                                name="parcel_due",
                            ),
                            models.Index(
                                condition=models.Q(("state", "claimed")),
                                fields=["claimed_until"],
                                name="parcel_claimed",
                            ),
                            models.Index(fields=["host", "state"], name="parcel_host"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("activity", "inbox"), name="one_parcel_an_inbox")
                        ],
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
                        (
                            "kind",
                            models.CharField(choices=[("block", "Block"), ("allow", "Allow")], max_length=5),
                        ),
                        ("host", models.CharField(max_length=260)),
                        ("uri", models.CharField(blank=True, default="", max_length=500)),
                        ("why", models.CharField(blank=True, default="", max_length=200)),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("kind", "host", "uri"), name="one_rule_a_host")
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="Follower",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("uri", models.CharField(max_length=500)),
                        ("name", models.CharField(blank=True, default="", max_length=120)),
                        ("handle", models.CharField(blank=True, default="", max_length=320)),
                        ("host", models.CharField(max_length=260)),
                        ("inbox", models.CharField(max_length=500)),
                        ("shared_inbox", models.CharField(blank=True, default="", max_length=500)),
                        ("follow_id", models.CharField(max_length=500)),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "actor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="followers",
                                to="federation.spaceactor",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["host"], name="follower_host")],
                        "constraints": [
                            models.UniqueConstraint(fields=("actor", "uri"), name="one_follower_a_space")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Told",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("digest", models.CharField(blank=True, default="", max_length=64)),
                        ("is_gone", models.BooleanField(default=False)),
                        ("times", models.IntegerField(default=0)),
                        ("boosts", models.IntegerField(default=0)),
                        ("is_due", models.BooleanField(default=True)),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "actor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="told",
                                to="federation.spaceactor",
                            ),
                        ),
                        (
                            "post",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="told",
                                to="community.post",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(condition=models.Q(("is_due", True)), fields=["id"], name="told_due")
                        ],
                        "constraints": [],
                    },
                ),
            ]
        ),
    ]
