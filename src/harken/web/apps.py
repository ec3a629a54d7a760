from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "harken.web"
    label = "web"
