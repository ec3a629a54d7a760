from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "harken.config"
    label = "config"

    def ready(self) -> None:
        from harken.base import journal, work  # needs the apps loaded
        from harken.wiring import LANES, REACTIONS  # needs the apps loaded

        journal.connect(REACTIONS)
        work.connect(LANES)
