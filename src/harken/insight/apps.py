from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class InsightConfig(AppConfig):
    name = "harken.insight"
    label = "insight"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(_watch, sender=self)


def _watch(**_sent: Any) -> None:
    """After every migration: one that makes a table anew, as SQLite must, drops what stands on it."""
    from .changes import watch_changes  # needs the apps loaded

    watch_changes()
