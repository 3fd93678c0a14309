from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TenantsConfig(AppConfig):
    name = "tenants"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tenants.admin import load_admins  # noqa: PLC0415 (apps must be loaded first)
        from tenants.privileges import grant_privileges  # noqa: PLC0415

        post_migrate.connect(grant_privileges, sender=self)
        load_admins()
