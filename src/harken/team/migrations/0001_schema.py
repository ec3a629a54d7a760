"""The tables of team."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from harken.base.tables import CreateTables


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("team", "0001_initial"),
    ]
    dependencies = [
        ("accounts", "0001_schema"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="Agent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[("agent", "Agent"), ("lead", "Lead"), ("admin", "Admin")],
                                default="agent",
                                max_length=10,
                            ),
                        ),
                        ("first_replies_approved", models.IntegerField(default=0)),
                        ("needs_approval", models.BooleanField(default=False)),
                        ("approvals_wanted", models.IntegerField(default=0)),
                        ("is_active", models.BooleanField(default=True)),
                        ("is_demo", models.BooleanField(default=False)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "user",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="agent",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("teams", models.ManyToManyField(blank=True, related_name="agents", to="team.team")),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Shift",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("weekday", models.IntegerField()),
                        ("starts", models.TimeField()),
                        ("ends", models.TimeField()),
                        (
                            "agent",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="shifts",
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
                    name="Team",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=120, unique=True)),
                        ("icon", models.CharField(default="users", max_length=40)),
                        ("is_demo", models.BooleanField(default=False)),
                        (
                            "brands",
                            models.ManyToManyField(blank=True, related_name="teams", to="accounts.brand"),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [],
                    },
                ),
            ]
        ),
    ]
