"""The tables of knowledge."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import harken.knowledge.policy
from harken.base.tables import CreateTables


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("knowledge", "0001_initial"),
        ("knowledge", "0002_solved_before"),
    ]
    dependencies = [
        ("accounts", "0001_schema"),
        ("community", "0001_schema"),
        ("inbox", "0001_schema"),
        ("team", "0001_schema"),
    ]
    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="Solution",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("title", models.CharField(max_length=200)),
                        ("tag_names", models.JSONField(default=list)),
                        ("language", models.CharField(blank=True, default="", max_length=10)),
                        ("chosen_at", models.DateTimeField()),
                        ("versions", models.JSONField(default=list)),
                        ("confirmed", models.IntegerField(default=0)),
                        ("first_confirmed_at", models.DateTimeField(null=True)),
                        ("last_confirmed_at", models.DateTimeField(null=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("fresh", "FRESH"),
                                    ("doubted", "DOUBTED"),
                                    ("stale", "STALE"),
                                    ("withdrawn", "WITHDRAWN"),
                                ],
                                default=harken.knowledge.policy.State["FRESH"],
                                max_length=10,
                            ),
                        ),
                        ("reasons", models.JSONField(default=list)),
                        ("looked_at", models.DateTimeField(null=True)),
                        ("sent", models.IntegerField(default=0)),
                        ("solved", models.IntegerField(default=0)),
                        ("missed", models.IntegerField(default=0)),
                        ("look_again_at", models.DateTimeField(null=True)),
                        ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
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
                            "brand",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="accounts.brand",
                            ),
                        ),
                        (
                            "looked_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="team.agent",
                            ),
                        ),
                        (
                            "space",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="community.space",
                            ),
                        ),
                        (
                            "topic",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="solution",
                                to="community.topic",
                            ),
                        ),
                        (
                            "withdrawn_by",
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
                            models.Index(
                                condition=models.Q(("state__in", ["doubted", "stale"])),
                                fields=["-changed_at"],
                                name="solution_to_look_at",
                            ),
                            models.Index(
                                condition=models.Q(("look_again_at__isnull", False)),
                                fields=["look_again_at"],
                                name="solution_due",
                            ),
                        ],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Citation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("is_sent", models.BooleanField(default=False)),
                        (
                            "outcome",
                            models.CharField(
                                blank=True,
                                choices=[("solved", "Solved"), ("missed", "Missed")],
                                default="",
                                max_length=10,
                            ),
                        ),
                        ("outcome_at", models.DateTimeField(null=True)),
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
                                related_name="+",
                                to="inbox.conversation",
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="citations",
                                to="inbox.message",
                            ),
                        ),
                        (
                            "solution",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="citations",
                                to="knowledge.solution",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("solution", "message"), name="one_citation_a_reply"
                            )
                        ],
                    },
                ),
            ]
        ),
    ]
