"""The tables of clocks."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from harken.base.tables import CreateTables


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("clocks", "0001_initial"),
    ]
    dependencies = [
        ("accounts", "0001_schema"),
    ]
    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="BusinessCalendar",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=120, unique=True)),
                        ("zone", models.CharField(default="UTC", max_length=64)),
                        ("is_always_open", models.BooleanField(default=False)),
                        ("hours", models.JSONField(default=dict)),
                        ("is_demo", models.BooleanField(default=False)),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Target",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(choices=[("first", "First"), ("next", "Next")], max_length=10),
                        ),
                        ("channel_id", models.BigIntegerField(blank=True, null=True)),
                        ("urgency", models.CharField(blank=True, default="", max_length=10)),
                        ("seconds", models.IntegerField(default=3600)),
                        ("is_demo", models.BooleanField(default=False)),
                        (
                            "brand",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="accounts.brand",
                            ),
                        ),
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
                    ],
                    options={
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Clock",
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
                                choices=[("first", "First"), ("next", "Next")], default="first", max_length=10
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("running", "Running"),
                                    ("paused", "Paused"),
                                    ("met", "Met"),
                                    ("missed", "Missed"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="running",
                                max_length=10,
                            ),
                        ),
                        ("target_seconds", models.IntegerField()),
                        ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("resumed_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("used_seconds", models.FloatField(default=0)),
                        ("due_at", models.DateTimeField(null=True)),
                        ("stopped_at", models.DateTimeField(null=True)),
                        ("reason", models.CharField(default="", max_length=120)),
                        ("is_late_told", models.BooleanField(default=False)),
                        (
                            "calendar",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="clocks.businesscalendar",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("is_late_told", False), ("state", "running")),
                                fields=["due_at"],
                                name="clock_due",
                            )
                        ],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Holiday",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("day", models.DateField()),
                        ("name", models.CharField(default="", max_length=120)),
                        ("hours", models.JSONField(default=list)),
                        (
                            "calendar",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="holidays",
                                to="clocks.businesscalendar",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("calendar", "day"), name="one_holiday_a_day")
                        ],
                        "indexes": [],
                    },
                ),
            ]
        ),
    ]
