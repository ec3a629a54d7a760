from django.apps import AppConfig


class GuestsConfig(AppConfig):
    name = "harken.guests"
    label = "guests"
    default_auto_field = "django.db.models.BigAutoField"
