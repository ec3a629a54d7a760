from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "harken.config"
    label = "config"

    def ready(self) -> None:
        from harken.base import journal  # needs the apps loaded
        from harken.wiring import REACTIONS  # needs the apps loaded

        journal.connect(REACTIONS)
