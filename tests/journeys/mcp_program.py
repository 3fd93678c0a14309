"""The official Python client of MCP, with a person who answers what it opens in the browser."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import anyio.to_thread
import httpx2
from mcp.client import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)

REDIRECT = "http://127.0.0.1:33418/callback"


@dataclass
class Memory:
    """What the program keeps between its runs."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class AskedError(Exception):
    """The program wanted to ask the person again, who was not there."""


@dataclass
class McpProgram:
    mcp_url: str
    person: Callable[[str], str] | None = None
    """Where the address that the program opens leads, once the person has answered."""
    memory: Memory = field(default_factory=Memory)
    asked: list[str] = field(default_factory=list)
    exchanges: list[tuple[str, str, int]] = field(default_factory=list)
    """Each request with its answer: method, address without query, status."""
    name: str = "Journey"
    method: str | None = None
    era: str = "auto"
    redirect_uri: str = REDIRECT
    _back: str = ""

    def __post_init__(self) -> None:
        self.auth = OAuthClientProvider(
            server_url=self.mcp_url,
            client_metadata=OAuthClientMetadata(
                client_name=self.name,
                redirect_uris=[self.redirect_uri],  # type: ignore[list-item]
                grant_types=["authorization_code", "refresh_token"],
                token_endpoint_auth_method=self.method,  # type: ignore[arg-type]
            ),
            storage=self.memory,
            redirect_handler=self._ask,
            callback_handler=self._come_back,
        )

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Client]:
        hooks: Any = {"response": [self._note]}
        async with (
            httpx2.AsyncClient(auth=self.auth, event_hooks=hooks, timeout=60) as http,
            Client(streamable_http_client(self.mcp_url, http_client=http), mode=self.era) as client,
        ):
            yield client

    def let_expire(self) -> None:
        """Make the program believe that its access token's time is over."""
        self.auth.context.token_expiry_time = time.time() - 1

    @property
    def access_token(self) -> str:
        assert self.memory.tokens
        return self.memory.tokens.access_token

    @property
    def refresh_token(self) -> str:
        assert self.memory.tokens
        return self.memory.tokens.refresh_token or ""

    @property
    def scopes(self) -> set[str]:
        assert self.memory.tokens
        return set((self.memory.tokens.scope or "").split())

    async def _note(self, response: httpx2.Response) -> None:
        url = str(response.request.url).partition("?")[0]
        self.exchanges.append((response.request.method, url, response.status_code))

    async def _ask(self, url: str) -> None:
        self.asked.append(url)
        if self.person is None:
            raise AskedError(url)
        self._back = await anyio.to_thread.run_sync(self.person, url)

    async def _come_back(self) -> AuthorizationCodeResult:
        assert self._back.startswith(f"{self.redirect_uri}?"), self._back
        members = dict(parse_qsl(urlsplit(self._back).query))
        return AuthorizationCodeResult(
            code=members.get("code", ""), state=members.get("state"), iss=members.get("iss")
        )
