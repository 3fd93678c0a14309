"""How the portal is: for load balancers and supervisors, on the portal's host alone."""

from collections.abc import Iterable
from typing import Any

from django.db import DatabaseError, connection


def live(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ARG001 (WSGI's signature)
    """The process answers."""
    return _say(start_response, "200 OK", b"live\n")


def ready(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ARG001 (WSGI's signature)
    """The process can do its work: the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        connection.close()
        return _say(start_response, "503 Service Unavailable", b"the database does not answer\n")
    return _say(start_response, "200 OK", b"ready\n")


def _say(start_response: Any, status: str, body: bytes) -> list[bytes]:
    start_response(
        status,
        [("Content-Type", "text/plain"), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")],
    )
    return [body]
