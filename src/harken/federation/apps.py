from django.apps import AppConfig


class FederationConfig(AppConfig):
    name = "harken.federation"
    label = "federation"
    default_auto_field = "django.db.models.BigAutoField"
