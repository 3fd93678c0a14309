"""What the demonstration server reads from its environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

METADATA_PREFIX = "/.well-known/oauth-protected-resource"


class ConfigurationError(Exception):
    """A setting is missing or makes no sense; the message is for the person who starts the server."""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    issuer: str
    resource: str
    port: int
    server_id: str
    server_secret: str = field(repr=False)
    introspect_cache_seconds: float = 0.0

    @property
    def path(self) -> str:
        return urlsplit(self.resource).path or "/"

    @property
    def metadata_path(self) -> str:
        # RFC 9728 §3.1: the well-known part goes between host and path.
        return METADATA_PREFIX + self.path.removesuffix("/")

    @property
    def metadata_url(self) -> str:
        parts = urlsplit(self.resource)
        return f"{parts.scheme}://{parts.netloc}{self.metadata_path}"


def read_configuration(environ: Mapping[str, str]) -> Configuration:
    port = _read_number(environ, "PORT", "8001", low=0, high=65535)
    seconds = _read_number(environ, "INTROSPECT_CACHE_SECONDS", "0", low=0, high=60)
    return Configuration(
        issuer=_read_url(environ, "ISSUER", "http://localhost:8000/t/acme"),
        resource=_read_url(environ, "RESOURCE", f"http://localhost:{port:.0f}/mcp"),
        port=int(port),
        server_id=_read_text(environ, "RESOURCE_SERVER_ID"),
        server_secret=_read_text(environ, "RESOURCE_SERVER_SECRET"),
        introspect_cache_seconds=seconds,
    )


def _read_text(environ: Mapping[str, str], name: str) -> str:
    if not (value := environ.get(name, "")):
        raise ConfigurationError(
            f"{name} is not set: the portal gives each resource server an id and a secret."
        )
    return value


def _read_url(environ: Mapping[str, str], name: str, default: str) -> str:
    value = environ.get(name) or default
    parts = urlsplit(value)
    # Kept byte for byte: `iss`, `aud` and the metadata are compared as strings.
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        raise ConfigurationError(f"{name} is not an http(s) URL without query and fragment: {value}")
    return value


def _read_number(environ: Mapping[str, str], name: str, default: str, *, low: float, high: float) -> float:
    text = environ.get(name) or default
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not low <= value <= high:
        raise ConfigurationError(f"{name} is not a number from {low} to {high}: {text}")
    return value
