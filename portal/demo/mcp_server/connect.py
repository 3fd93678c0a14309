"""The one HTTP client with which this server speaks to its portal."""

import logging

import httpx

from portal.demo.mcp_server.configure import Configuration


class PortalUnavailableError(Exception):
    """The portal did not answer, or not in a way that could be relied on."""


def open_portal() -> httpx.AsyncClient:
    # httpx logs each request at INFO: three lines for each tool call.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    return httpx.AsyncClient(
        timeout=httpx.Timeout(5.0, connect=2.0),
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=20),
        follow_redirects=False,
        # The demo's portal is on this machine: a proxy meant for the internet can't reach it.
        trust_env=False,
    )


def credentials(config: Configuration) -> httpx.BasicAuth:
    return httpx.BasicAuth(config.server_id, config.server_secret)
