"""What the server offers. Each tool is declared with the scope that it needs."""

import json
from pathlib import Path
from statistics import fmean
from typing import Annotated, Literal

from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError
from mcp_types import ToolAnnotations
from pydantic import Field
from typing_extensions import TypedDict  # pydantic can't read the standard one's before Python 3.12

from portal.demo.mcp_server.require import Catalog
from portal.demo.mcp_server.score import Mood, Score, name_mood, score

CATALOG = Catalog()

READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)
DESTROYS = ToolAnnotations(read_only_hint=False, destructive_hint=True, open_world_hint=False)

WORKFLOWS = {
    "daily-report": "the mood of the day, for everybody",
    "weekly-report": "the mood of the week, for the board",
    "risk-review": "every holding whose news is negative",
}

_DATA = Path(__file__).parent / "data"
_HEADLINES: dict[str, list[str]] = json.loads((_DATA / "headlines.json").read_text(encoding="utf-8"))


class Customer(TypedDict):
    name: str
    holdings: dict[str, int]
    notes: dict[str, str]


#: In memory: a note that was deleted is back after a restart, so the demonstration never runs dry.
_CUSTOMERS: dict[str, Customer] = json.loads((_DATA / "customers.json").read_text(encoding="utf-8"))


class ScoredHeadline(TypedDict):
    headline: str
    mood: Mood
    score: float


class TickerMood(TypedDict):
    ticker: str
    mood: Mood
    score: float
    headlines: list[ScoredHeadline]


class MarketWeather(TypedDict):
    weather: Literal["sunny", "cloudy", "stormy"]
    score: float
    tickers: dict[str, float]


class Started(TypedDict):
    workflow: str
    purpose: str


class Deleted(TypedDict):
    customer: str
    deleted: str
    left: int


@CATALOG.tool("Score a text", "mcp:tools:sentiment:score", default=True, annotations=READS)
def score_text(text: Annotated[str, Field(min_length=1, max_length=5000)]) -> Score:
    """Say whether a text about markets is positive, neutral or negative, with a score from -1 to 1."""
    return score(text)


@CATALOG.tool("Score headlines", "mcp:tools:sentiment:headlines", default=True, annotations=READS)
def score_headlines(ticker: Annotated[str, Field(min_length=1, max_length=10)]) -> TickerMood:
    """Score the latest headlines of a company, such as ACME or GLBX."""
    symbol = ticker.strip().upper()
    if symbol not in _HEADLINES:
        raise ToolError(f"No headlines for {ticker}. There are some for {', '.join(_HEADLINES)}.")
    scored = [ScoredHeadline(headline=text, **score(text)) for text in _HEADLINES[symbol]]
    value = round(fmean(entry["score"] for entry in scored), 4)
    return TickerMood(ticker=symbol, mood=name_mood(value), score=value, headlines=scored)


@CATALOG.tool("Market weather", "mcp:tools:weather", annotations=READS)
def get_weather() -> MarketWeather:
    """Say how the whole market feels: sunny, cloudy or stormy."""
    tickers = {
        ticker: round(fmean(score(text)["score"] for text in texts), 4)
        for ticker, texts in _HEADLINES.items()
    }
    value = round(fmean(tickers.values()), 4)
    weather: dict[Mood, Literal["sunny", "cloudy", "stormy"]]
    weather = {"positive": "sunny", "neutral": "cloudy", "negative": "stormy"}
    return MarketWeather(weather=weather[name_mood(value)], score=value, tickers=tickers)


@CATALOG.tool("Read a customer's portfolio", "mcp:resources:customer-data:read", annotations=READS)
def read_customer_portfolio(customer: str) -> Customer:
    """Read what a customer (ada, ben or cleo) holds, with the notes kept about them."""
    if (found := _CUSTOMERS.get(customer)) is None:
        raise ToolError(f"There is no customer {customer}. There are {', '.join(_CUSTOMERS)}.")
    return found


@CATALOG.resource(
    "customers://{customer}/portfolio", "A customer's portfolio", "mcp:resources:customer-data:read"
)
def customer_portfolio(customer: str) -> Customer:
    """Read the same as a resource."""
    if (found := _CUSTOMERS.get(customer)) is None:
        raise ResourceNotFoundError(f"There is no customer {customer}.")
    return found


@CATALOG.tool("Delete a customer's note", "mcp:resources:customer-data:delete", annotations=DESTROYS)
def delete_customer_note(customer: str, note: str) -> Deleted:
    """Delete one note about a customer, for good."""
    notes = read_customer_portfolio(customer)["notes"]
    if notes.pop(note, None) is None:
        raise ToolError(f"There is no note {note} about {customer}.")
    return Deleted(customer=customer, deleted=note, left=len(notes))


@CATALOG.tool(
    "Start a report",
    "mcp:exec:workflows:{name}",
    also=["mcp:exec:workflows:daily-report"],
    annotations=WRITES,
)
def run_workflow(name: str) -> Started:
    """Start a workflow: daily-report, weekly-report or risk-review."""
    if name not in WORKFLOWS:
        raise ToolError(f"There is no workflow {name}. There are {', '.join(WORKFLOWS)}.")
    return Started(workflow=name, purpose=WORKFLOWS[name])
