"""JSON-RPC 2.0: which calls a request's body makes, read before anything of it runs."""

import json
from collections.abc import Iterator

from portal.demo.mcp_server.require import Call, Catalog


def read_calls(body: bytes, catalog: Catalog) -> tuple[Call, ...]:
    """Read the calls from the body alone: the headers `Mcp-Method` and `Mcp-Name` only repeat it, or lie.

    What can't be read makes no call here; the transport behind refuses it.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ()
    return tuple(_find_calls(document, catalog))


def _find_calls(document: object, catalog: Catalog) -> Iterator[Call]:
    # 2025-03-26 knew batches: one call that is not allowed refuses the whole of it.
    for message in document if isinstance(document, list) else [document]:
        if isinstance(message, dict) and (
            call := catalog.find_call(message.get("method"), message.get("params"))
        ):
            yield call
