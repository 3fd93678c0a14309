"""What stands under every issuer, whether it is a path, a subdomain or a domain of the tenant's own.

ENDPOINTS is for programs (`portal.oauth.machine`), urlpatterns for people; documents are in `portal.oauth.documents`.
"""

from django.urls import include, path

from portal.consent import apps_page, ask_page, home_page, switch_page, way_back
from portal.oauth import access_events, introspect, register, revoke, token, userinfo
from portal.oauth.authorize import authorize
from portal.users.brand import brand
from tenants.admin import site

ENDPOINTS = {
    "token": token.endpoint,
    "revoke": revoke.endpoint,
    "introspect": introspect.endpoint,
    "register": register.endpoint,
    "userinfo": userinfo.endpoint,
    "access-events": access_events.endpoint,
}

urlpatterns = [
    path("", home_page.home, name="home"),
    path("authorize", authorize, name="authorize"),
    path("brand.css", brand, name="brand"),
    path("consent/<str:reference>", ask_page.ask, name="ask"),
    path("consent/<str:reference>/switch", switch_page.switch, name="switch"),
    path("apps/", apps_page.apps, name="apps"),
    path("apps/<uuid:grant_id>/", apps_page.app, name="app"),
    # In front of allauth's own, under the same names: these two may lead back to a client.
    path("account/login/", way_back.login, name="account_login"),
    path("account/reauthenticate/", way_back.reauthenticate, name="account_reauthenticate"),
    path("account/", include("allauth.account.urls")),
    path("account/sessions/", include("allauth.usersessions.urls")),
    path("admin/", site.urls),
]
