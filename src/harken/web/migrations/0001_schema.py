"""The tables of web."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from harken.base.tables import CreateTables


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("web", "0001_initial"),
    ]
    dependencies = [
        ("inbox", "0001_schema"),
    ]
    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="KeptThread",
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
                        ("facts", models.JSONField(default=dict)),
                        ("kept_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "conversation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="kept_threads",
                                to="inbox.conversation",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["kept_at"], name="kept_thread_age")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("conversation", "language"), name="one_thread_a_language"
                            )
                        ],
                    },
                ),
            ]
        ),
    ]
