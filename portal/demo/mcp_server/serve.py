"""Puts the parts together and serves them over HTTP."""

import logging
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import anyio
import uvicorn
from mcp.server import MCPServer
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp
from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route

from portal.demo.mcp_server.admit import Admission
from portal.demo.mcp_server.challenge import Challenger
from portal.demo.mcp_server.configure import Configuration, ConfigurationError, read_configuration
from portal.demo.mcp_server.connect import open_portal
from portal.demo.mcp_server.describe import describe_resource
from portal.demo.mcp_server.fetch import KeyRing
from portal.demo.mcp_server.guard import MAX_BODY, Guard
from portal.demo.mcp_server.introspect import Introspector
from portal.demo.mcp_server.report import Pace, Reporter
from portal.demo.mcp_server.tools import CATALOG
from portal.demo.mcp_server.verify import Verifier

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
LOOPBACK_ORIGIN = r"http://(localhost|127\.0\.0\.1|\[::1\]):\d+"


def build_app(config: Configuration, *, pace: Pace | None = None) -> Starlette:
    portal = open_portal()
    reporter = Reporter(portal=portal, config=config, pace=pace)
    server = _build_server(reporter)
    security = _allow_hosts(config)
    # Stateless: every request of either protocol era stands for itself, and is authenticated for itself.
    server.streamable_http_app(
        json_response=True, stateless_http=True, transport_security=security, max_request_body_size=MAX_BODY
    )
    guard = Guard(
        app=StreamableHTTPASGIApp(server.session_manager),
        catalog=CATALOG,
        verifier=Verifier(
            keys=KeyRing(portal=portal, url=f"{config.issuer}/jwks"),
            issuer=config.issuer,
            resource=config.resource,
        ),
        introspector=Introspector(portal=portal, config=config),
        challenger=Challenger(metadata_url=config.metadata_url, default_scopes=CATALOG.default_scopes),
        reporter=reporter,
        security=TransportSecurityMiddleware(security),
    )

    @asynccontextmanager
    async def live(_app: Starlette) -> AsyncIterator[None]:
        async with portal, anyio.create_task_group() as tasks:
            tasks.start_soon(reporter.run)
            async with server.session_manager.run():
                yield
            tasks.cancel_scope.cancel()
            with anyio.CancelScope(shield=True):
                await reporter.flush()

    app = Starlette(
        routes=[*describe_resource(config, CATALOG), Route(config.path, _allow_browsers(guard))],
        lifespan=live,
    )
    # A redirect to the name in the Host header would be anybody's to choose.
    app.router.redirect_slashes = False
    return app


def _build_server(reporter: Reporter) -> MCPServer:
    server = MCPServer(
        "sentiment",
        title="Sentiment",
        version="1.0.0",
        instructions="Scores the mood of texts and headlines about (invented) companies.",
        log_level="WARNING",
        # A subscription is a stream that would outlive the token it was opened with.
        subscriptions=False,
        middleware=[Admission(catalog=CATALOG, reporter=reporter)],
    )
    CATALOG.serve_on(server)
    return server


def _allow_hosts(config: Configuration) -> TransportSecuritySettings:
    """Refuse other names for this machine: a web page could rebind its own name to the loopback address."""
    parts = urlsplit(config.resource)
    return TransportSecuritySettings(
        allowed_hosts=[*(f"{host}:*" for host in LOOPBACK), parts.netloc],
        allowed_origins=[*(f"http://{host}:*" for host in LOOPBACK), f"{parts.scheme}://{parts.netloc}"],
    )


def _allow_browsers(guard: Guard) -> CORSMiddleware:
    return CORSMiddleware(
        guard,
        allow_origin_regex=LOOPBACK_ORIGIN,
        allow_methods=["POST"],
        allow_headers=["*"],
        expose_headers=["WWW-Authenticate"],
    )


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        config = read_configuration(os.environ)
        sockets = _open_sockets(config.port)
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    settings = uvicorn.Config(
        build_app(config),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    # uvicorn repeats the signal that stopped it; Ctrl-C has then said all there is to say.
    with suppress(KeyboardInterrupt):
        uvicorn.Server(settings).run(sockets=sockets)
    return 0


def _open_sockets(port: int) -> list[socket.socket]:
    """Listen on both loopback addresses: `localhost` means one to some clients and the other to the rest."""
    try:
        sockets = [socket.create_server(("127.0.0.1", port), backlog=2048)]
    except OSError as error:
        raise ConfigurationError(
            f"Port {port} is taken: {os.strerror(error.errno or 0)}. Choose another with PORT."
        ) from error
    with suppress(OSError):
        # Not every machine has IPv6.
        sockets.append(
            socket.create_server(("::1", sockets[0].getsockname()[1]), family=socket.AF_INET6, backlog=2048)
        )
    return sockets
