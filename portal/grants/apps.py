from django.apps import AppConfig


class GrantsConfig(AppConfig):
    name = "portal.grants"
    label = "grants"
