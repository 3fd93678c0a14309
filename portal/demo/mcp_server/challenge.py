"""RFC 6750 §3: The WWW-Authenticate response header field, and the answers that carry it."""

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.responses import JSONResponse, Response


@dataclass(frozen=True, kw_only=True)
class Challenger:
    metadata_url: str
    default_scopes: tuple[str, ...]

    def ask_for_token(self) -> Response:
        # RFC 6750 §3.1: a request without a token gets no error code.
        return self._answer(401, self.default_scopes, description="An access token is needed.")

    def refuse_token(self, description: str) -> Response:
        return self._answer(401, self.default_scopes, error="invalid_token", description=description)

    def ask_for_scopes(self, held: Iterable[str], missing: Iterable[str]) -> Response:
        """Name all that the client needs, what it holds included: some clients then ask for exactly this and no more."""
        # SEP-2207: staying connected is between client and portal, no resource's business.
        scopes = dict.fromkeys(name for name in (*held, *missing) if name != "offline_access")
        description = "The access token does not allow this: " + " ".join(missing)
        return self._answer(403, scopes, error="insufficient_scope", description=description)

    def refuse_request(self, description: str) -> Response:
        return self._answer(400, (), error="invalid_request", description=description)

    def _answer(self, status: int, scopes: Iterable[str], *, description: str, error: str = "") -> Response:
        parts = {"resource_metadata": self.metadata_url, "scope": " ".join(scopes)}
        if error:
            parts = {"error": error, "error_description": description, **parts}
        challenge = ", ".join(f'{name}="{value}"' for name, value in parts.items() if value)
        return JSONResponse(
            {"error": error or "unauthorized", "error_description": description},
            status_code=status,
            headers={"WWW-Authenticate": f"Bearer {challenge}", "Cache-Control": "no-store"},
        )


def answer_unavailable() -> Response:
    """Answer when the portal can't be asked: closed, and soon again."""
    return JSONResponse(
        {
            "error": "temporarily_unavailable",
            "error_description": "The authorization portal can't be reached.",
        },
        status_code=503,
        headers={"Retry-After": "2", "Cache-Control": "no-store"},
    )
