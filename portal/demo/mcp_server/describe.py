"""RFC 9728: OAuth 2.0 Protected Resource Metadata. Where to get a token for this server, and which scopes there are."""

from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, request_response

from portal.demo.mcp_server.configure import METADATA_PREFIX, Configuration
from portal.demo.mcp_server.require import Catalog


def describe_resource(config: Configuration, catalog: Catalog) -> list[Route]:
    document = {
        # RFC 9728 §3.3: byte for byte the URL that the client used, and the issuer's own spelling of itself.
        "resource": config.resource,
        "authorization_servers": [config.issuer],
        # SEP-2207: without offline_access, which is no scope of this resource.
        "scopes_supported": list(catalog.scopes),
        "bearer_methods_supported": ["header"],
        "resource_name": "Sentiment",
    }

    async def answer(_request: Request) -> Response:
        return JSONResponse(document, headers={"Cache-Control": "public, max-age=300"})

    # Clients in a browser read it too; there is nothing in it to protect.
    endpoint = CORSMiddleware(
        request_response(answer), allow_origins=["*"], allow_headers=["MCP-Protocol-Version"]
    )
    # The root as well: this is the only resource of its origin, and older clients look nowhere else.
    paths = dict.fromkeys((config.metadata_path, METADATA_PREFIX))
    return [Route(path, endpoint) for path in paths]
