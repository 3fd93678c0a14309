"""The demo's catalogs: name, title, description, tier, and whether it writes, is asked by default, is needed."""

from typing import NamedTuple


class Entry(NamedTuple):
    name: str
    title: str
    description: str = ""
    tier: str = "ordinary"
    writes: bool = False
    is_default: bool = False
    is_required: bool = False


ACME_SCOPES = (
    Entry(
        "mcp:tools:sentiment:score",
        "Score a text",
        "How good or bad its mood is for a market",
        is_default=True,
        is_required=True,
    ),
    Entry(
        "mcp:tools:sentiment:headlines",
        "Read market headlines",
        "Headlines of any ticker, with their mood",
        is_default=True,
    ),
    Entry("mcp:tools:weather", "Read the market weather", "The mood over all tickers"),
    Entry(
        "mcp:resources:customer-data:read",
        "Read customer portfolios",
        "Names, holdings and notes of Acme’s customers",
        tier="sensitive",
    ),
    Entry(
        "mcp:exec:workflows:daily-report",
        "Start the daily report",
        "One report a day. It costs a credit.",
        writes=True,
    ),
    Entry(
        "mcp:exec:workflows:*",
        "Start any report",
        "Every report, and those added later. Reports cost credits.",
        tier="sensitive",
        writes=True,
    ),
    Entry(
        "mcp:resources:customer-data:delete",
        "Delete customer notes",
        "With their history. This can’t be undone.",
        tier="destructive",
        writes=True,
    ),
)

GLOBEX_SCOPES = (
    Entry(
        "mcp:tools:inventory:read",
        "Read the inventory",
        "Items, counts and places",
        is_default=True,
        is_required=True,
    ),
    Entry(
        "mcp:tools:inventory:order",
        "Order items",
        "Orders are paid from your budget.",
        writes=True,
        is_default=True,
    ),
)
