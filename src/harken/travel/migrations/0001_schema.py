"""The tables of travel."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import harken.channels.dispatching
from harken.base.tables import CreateTables


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("travel", "0001_initial"),
        ("travel", "0002_claims"),
        ("travel", "0003_withdrawal"),
        ("travel", "0004_sending"),
        ("travel", "0005_telling"),
    ]
    dependencies = [
        ("accounts", "0001_schema"),
        ("channels", "0001_schema"),
        ("community", "0001_schema"),
        ("inbox", "0001_schema"),
        ("people", "0001_schema"),
        ("team", "0001_schema"),
    ]
    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="Consent",
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
                                    ("asked", "Asked"),
                                    ("given", "Given"),
                                    ("refused", "Refused"),
                                    ("unclear", "Unclear"),
                                ],
                                default="asked",
                                max_length=10,
                            ),
                        ),
                        ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("settled_at", models.DateTimeField(null=True)),
                        (
                            "asked_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="team.agent",
                            ),
                        ),
                        (
                            "conversation",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="consent",
                                to="inbox.conversation",
                            ),
                        ),
                        (
                            "question",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="inbox.message",
                            ),
                        ),
                        (
                            "settled_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="team.agent",
                            ),
                        ),
                        (
                            "words",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
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
                    name="Trip",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("network", models.CharField(max_length=30)),
                        ("is_private", models.BooleanField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "Asked"),
                                    ("answered", "Answered"),
                                    ("sending", "Sending"),
                                    ("sent", "Sent"),
                                    ("stuck", "Stuck"),
                                    ("thanked", "Thanked"),
                                    ("failed", "Failed"),
                                    ("ended", "Ended"),
                                ],
                                default="asked",
                                max_length=10,
                            ),
                        ),
                        ("opened_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("sent_at", models.DateTimeField(null=True)),
                        ("back_at", models.DateTimeField(null=True)),
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
                            "asked",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="inbox.message",
                            ),
                        ),
                        (
                            "back",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="inbox.message",
                            ),
                        ),
                        (
                            "conversation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="trips",
                                to="inbox.conversation",
                            ),
                        ),
                        (
                            "opened_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="team.agent",
                            ),
                        ),
                        (
                            "reply",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="trip_of_reply",
                                to="inbox.message",
                            ),
                        ),
                        (
                            "sent_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="team.agent",
                            ),
                        ),
                        (
                            "told",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="inbox.message",
                            ),
                        ),
                        (
                            "topic",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="trip",
                                to="community.topic",
                            ),
                        ),
                        (
                            "withdrawal",
                            models.CharField(
                                blank=True,
                                choices=[("waiting", "Waiting"), ("done", "Done"), ("by_hand", "By Hand")],
                                default="",
                                max_length=10,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["conversation", "-opened_at"], name="trip_conversation"),
                            models.Index(
                                condition=models.Q(("state__in", ["sending", "sent", "stuck"])),
                                fields=["reply"],
                                name="trip_reply",
                            ),
                        ],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Claim",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("digest", models.CharField(max_length=64, unique=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[("offered", "Offered"), ("waiting", "Waiting"), ("used", "Used")],
                                default="offered",
                                max_length=10,
                            ),
                        ),
                        ("expires_at", models.DateTimeField()),
                        ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("used_at", models.DateTimeField(null=True)),
                        (
                            "trip",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="claims",
                                to="travel.trip",
                            ),
                        ),
                        (
                            "used_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="community.member",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="ClaimWord",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("word", models.CharField(max_length=12)),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "claim",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="words",
                                to="travel.claim",
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="community.member",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("claim", "member"), name="one_word_a_member"),
                            models.UniqueConstraint(fields=("claim", "word"), name="one_member_a_word"),
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="TravelRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("when_accepted", models.BooleanField(default=False)),
                        ("when_checked", models.BooleanField(default=False)),
                        ("when_earned", models.BooleanField(default=False)),
                        ("min_worked", models.IntegerField(default=3)),
                        ("wait_minutes", models.IntegerField(default=10)),
                        ("written_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "brand",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="travel_rules",
                                to="accounts.brand",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="channels.channel",
                            ),
                        ),
                        (
                            "written_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="team.agent"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("channel", None)),
                                fields=("brand",),
                                name="one_travel_rule_a_brand",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("channel__isnull", False)),
                                fields=("channel",),
                                name="one_travel_rule_a_channel",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Departure",
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
                                    ("planned", "Planned"),
                                    ("gone", "Gone"),
                                    ("held", "Held"),
                                    ("stopped", "Stopped"),
                                ],
                                default="planned",
                                max_length=10,
                            ),
                        ),
                        ("key", models.CharField(default=harken.channels.dispatching.new_key, max_length=60)),
                        ("because", models.CharField(max_length=10)),
                        ("why_held", models.CharField(blank=True, default="", max_length=20)),
                        ("due_at", models.DateTimeField()),
                        ("seen_version", models.IntegerField()),
                        ("settled_at", models.DateTimeField(null=True)),
                        (
                            "post",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="community.post",
                            ),
                        ),
                        (
                            "stopped_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="team.agent",
                            ),
                        ),
                        (
                            "trip",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="departures",
                                to="travel.trip",
                            ),
                        ),
                        (
                            "rule",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="travel.travelrule",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "planned")),
                                fields=["due_at"],
                                name="departure_due",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("trip", "post"), name="one_departure_an_answer")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Telling",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("status", models.CharField(max_length=10)),
                        ("texts", models.JSONField(default=dict)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("written", "Written"),
                                    ("approved", "Approved"),
                                    ("done", "Done"),
                                    ("stopped", "Stopped"),
                                ],
                                default="written",
                                max_length=10,
                            ),
                        ),
                        ("written_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("approved_at", models.DateTimeField(null=True)),
                        (
                            "approved_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="team.agent",
                            ),
                        ),
                        (
                            "idea",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="community.idea",
                            ),
                        ),
                        (
                            "written_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="team.agent"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ["written", "approved"])),
                                fields=("idea",),
                                name="one_telling_at_a_time",
                            )
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
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("sent", "Sent"),
                                    ("here", "Here"),
                                    ("could_not", "Could Not"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("why", models.CharField(blank=True, default="", max_length=300)),
                        (
                            "conversation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="inbox.conversation",
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="inbox.message",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="people.person",
                            ),
                        ),
                        (
                            "telling",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="told",
                                to="travel.telling",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "waiting")),
                                fields=["telling", "id"],
                                name="told_waiting",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("telling", "person"), name="one_told_a_person")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Wanting",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                            "conversation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="wanted_ideas",
                                to="inbox.conversation",
                            ),
                        ),
                        (
                            "idea",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="community.idea",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("idea", "conversation"), name="one_wanting_a_conversation"
                            )
                        ],
                    },
                ),
            ]
        ),
    ]
