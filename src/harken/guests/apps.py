from typing import Any

from django.apps import AppConfig
from django.db.models.signals import pre_delete


class GuestsConfig(AppConfig):
    name = "harken.guests"
    label = "guests"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        pre_delete.connect(_forget, sender="channels.Channel")


def _forget(*, instance: Any, **_kwargs: Any) -> None:
    # whoever deletes the channel: the database's cascade knows nothing of the index (models are not ready at the top)
    from .forgetting import forget_places

    forget_places([instance.pk])
