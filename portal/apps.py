from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The project as an app: its management commands and its checks."""

    name = "portal"

    def ready(self) -> None:
        from portal import checks  # noqa: F401, PLC0415 (registers them once the apps are loaded)
