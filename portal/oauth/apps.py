from django.apps import AppConfig


class OauthConfig(AppConfig):
    name = "portal.oauth"
    label = "oauth"
