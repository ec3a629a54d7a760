"""The tables of channels."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import harken.channels.models
from harken.base.tables import CreateTables


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("channels", "0001_initial"),
        ("channels", "0002_limits"),
        ("channels", "0003_stuck"),
        ("channels", "0004_changes"),
        ("channels", "0005_unproven"),
    ]
    dependencies = [
        ("accounts", "0001_schema"),
        ("team", "0001_schema"),
    ]
    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="Channel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("connector", models.CharField(max_length=30)),
                        ("name", models.CharField(max_length=120)),
                        (
                            "purpose",
                            models.CharField(
                                choices=[("desk", "Desk"), ("space", "Space"), ("guest", "Guest")],
                                default="desk",
                                max_length=10,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("active", "Active"), ("paused", "Paused"), ("broken", "Broken")],
                                default="active",
                                max_length=10,
                            ),
                        ),
                        ("settings", models.JSONField(default=dict)),
                        ("sealed", models.TextField(default="")),
                        (
                            "door_token",
                            models.CharField(
                                default=harken.channels.models.new_door_token, max_length=64, unique=True
                            ),
                        ),
                        ("is_archive", models.BooleanField(default=False)),
                        ("is_demo", models.BooleanField(default=False)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("cursor", models.JSONField(default=dict)),
                        ("polled_at", models.DateTimeField(null=True)),
                        ("arrived_at", models.DateTimeField(null=True)),
                        ("usual_gap", models.FloatField(default=0)),
                        ("failing_since", models.DateTimeField(null=True)),
                        ("problem", models.TextField(default="")),
                        ("what_to_do", models.TextField(default="")),
                        ("wait_until", models.DateTimeField(null=True)),
                        (
                            "brand",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="channels",
                                to="accounts.brand",
                            ),
                        ),
                        (
                            "team",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="team.team",
                            ),
                        ),
                        (
                            "teams",
                            models.ManyToManyField(blank=True, related_name="channels", to="team.team"),
                        ),
                        ("limits", models.JSONField(default=dict)),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Delivery",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=300)),
                        ("body", models.BinaryField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("shown", "Shown"),
                                    ("merged", "Merged"),
                                    ("duplicate", "Duplicate"),
                                    ("ignored", "Ignored"),
                                    ("failed", "Failed"),
                                    ("unproven", "Unproven"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("reason", models.CharField(default="", max_length=500)),
                        ("copies", models.IntegerField(default=0)),
                        ("happened_at", models.DateTimeField(null=True)),
                        ("received_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("attempts", models.IntegerField(default=0)),
                        (
                            "channel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="deliveries",
                                to="channels.channel",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "waiting")),
                                fields=["id"],
                                name="delivery_waiting",
                            ),
                            models.Index(
                                condition=models.Q(("state", "failed")),
                                fields=["channel", "state", "id"],
                                name="delivery_failed",
                            ),
                            models.Index(
                                condition=models.Q(("state", "unproven")),
                                fields=["id"],
                                name="delivery_unproven",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("channel", "key"), name="one_delivery_a_key")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Dispatch",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=64, unique=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("held", "Held"),
                                    ("queued", "Queued"),
                                    ("claimed", "Claimed"),
                                    ("requesting", "Requesting"),
                                    ("sent", "Sent"),
                                    ("refused", "Refused"),
                                    ("unknown", "Unknown"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="queued",
                                max_length=12,
                            ),
                        ),
                        ("body", models.JSONField()),
                        ("not_before", models.DateTimeField(default=django.utils.timezone.now)),
                        ("external_id", models.CharField(default="", max_length=500)),
                        ("url", models.CharField(default="", max_length=1000)),
                        ("reason", models.CharField(default="", max_length=1000)),
                        ("what_to_do", models.CharField(default="", max_length=500)),
                        ("attempts", models.IntegerField(default=0)),
                        ("fence", models.IntegerField(default=0)),
                        ("claimed_until", models.DateTimeField(null=True)),
                        ("requested_at", models.DateTimeField(null=True)),
                        ("settled_at", models.DateTimeField(null=True)),
                        ("bounced_at", models.DateTimeField(null=True)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "after",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="next_parts",
                                to="channels.dispatch",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="dispatches",
                                to="channels.channel",
                            ),
                        ),
                        (
                            "changes",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="changed_by",
                                to="channels.dispatch",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("new", "New"), ("edit", "Edit"), ("delete", "Delete")],
                                default="new",
                                max_length=10,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "queued")),
                                fields=["not_before"],
                                name="dispatch_due",
                            ),
                            models.Index(fields=["channel", "external_id"], name="dispatch_external"),
                            models.Index(
                                condition=models.Q(("claimed_until__isnull", False)),
                                fields=["claimed_until"],
                                name="dispatch_claimed",
                            ),
                            models.Index(
                                condition=models.Q(("state", "unknown")),
                                fields=["not_before"],
                                name="dispatch_unknown",
                            ),
                            models.Index(
                                condition=models.Q(("state", "refused")),
                                fields=["settled_at"],
                                name="dispatch_refused",
                            ),
                            models.Index(
                                condition=models.Q(("bounced_at__isnull", False)),
                                fields=["bounced_at"],
                                name="dispatch_bounced",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("changes", None), ("kind", "new")),
                                    models.Q(("changes__isnull", False), ("kind__in", ["edit", "delete"])),
                                    _connector="OR",
                                ),
                                name="dispatch_changes_one",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DoorRefusal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("day", models.DateField()),
                        ("reason", models.CharField(max_length=120)),
                        ("count", models.IntegerField(default=0)),
                        ("last_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "channel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="refusals",
                                to="channels.channel",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("channel", "day", "reason"), name="one_refusal_row_a_day"
                            )
                        ],
                        "indexes": [],
                    },
                ),
            ]
        ),
    ]
