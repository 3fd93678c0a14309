"""Who calls: the step that /token and /revoke begin with."""

from portal.clients.authenticate import authenticate_client
from portal.clients.models import Client
from portal.oauth.credentials import read_credentials
from portal.oauth.machine import MachineRequest
from portal.resources.catalog import authenticate_server
from portal.resources.models import ResourceServer


def read_client(request: MachineRequest, form: dict[str, str]) -> Client:
    """The client that sent this form, authenticated as it is registered to. Raises Refusal invalid_client."""
    credentials = read_credentials(request, form)
    request.client_hint = credentials.client_id
    client = authenticate_client(
        request.tenant, client_id=credentials.client_id, secret=credentials.secret, method=credentials.method
    )
    request.client = client
    return client


def read_server(request: MachineRequest, form: dict[str, str]) -> ResourceServer:
    """The resource server that sent this, by HTTP Basic or in the body. Raises Refusal invalid_client."""
    credentials = read_credentials(request, form)
    request.client_hint = credentials.client_id
    return authenticate_server(request.tenant, client_id=credentials.client_id, secret=credentials.secret)
