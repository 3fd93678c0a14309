"""A request refused in the standards' words: every verb raises it, and the wire turns it into an answer."""

from collections.abc import Mapping


class Refusal(Exception):  # noqa: N818 (it is an answer, not a failure of ours)
    """`error` is a registered OAuth error code; `description` tells the developer what to change, in ASCII."""

    def __init__(
        self,
        error: str,
        description: str,
        *,
        status: int = 400,
        reason: str = "",
        recorded: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description
        self.status = status
        self.reason = reason or description
        """For the audit trail: may say more than the client is told."""
        self.recorded = recorded
        """The verb that refused has written the event itself."""
        self.headers = headers or {}
        """Of the answer, where it comes from a machine endpoint."""
