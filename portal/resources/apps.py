from django.apps import AppConfig


class ResourcesConfig(AppConfig):
    name = "portal.resources"
    label = "resources"
