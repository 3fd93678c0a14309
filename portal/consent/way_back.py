"""Pages from which a form may lead, by redirects, out of the portal and back to a client.

Browsers apply form-action to each redirect that follows a form. Who signs in on the way to an ask that was answered
before goes on to the client at once: the policies of these pages must let them.
"""

from allauth.account import views
from csp.decorators import csp_replace

leads_back = csp_replace({"form-action": None})

login = leads_back(views.login)
reauthenticate = leads_back(views.reauthenticate)
