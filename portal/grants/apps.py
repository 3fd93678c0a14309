from django.apps import AppConfig


class GrantsConfig(AppConfig):
    name = "portal.grants"
    label = "grants"

    def ready(self) -> None:
        from portal.grants import accounts  # noqa: F401, PLC0415 (connects its receivers once the apps are loaded)
