"""The tools themselves, called by the SDK's own client in both protocol eras."""

from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

ALL = (
    "mcp:tools:sentiment:score mcp:tools:sentiment:headlines mcp:tools:weather mcp:resources:customer-data:read "
    "mcp:resources:customer-data:delete mcp:exec:workflows:*"
)
ERAS = ["2026-07-28", "legacy"]


def use(sentiment: Any, action: Any, *, era: str = "2026-07-28", scope: str = ALL) -> Any:
    """Do something with a connected client."""

    async def connect() -> Any:
        headers = {"Authorization": f"Bearer {sentiment.mint(scope)}"}
        async with httpx2.AsyncClient(headers=headers) as http:
            transport = streamable_http_client(sentiment.resource, http_client=http)
            async with Client(transport, mode=era) as client:
                return await action(client)

    return anyio.run(connect)


def call(sentiment: Any, tool: str, arguments: dict[str, Any] | None = None, **how: str) -> Any:
    return use(sentiment, lambda client: client.call_tool(tool, arguments or {}), **how)


@pytest.mark.parametrize("era", ERAS)
def test_every_tool_says_what_it_is_and_does(sentiment: Any, era: str) -> None:
    tools = {tool.name: tool for tool in use(sentiment, lambda client: client.list_tools(), era=era).tools}
    assert all(tool.title and tool.description and tool.output_schema for tool in tools.values())
    assert {name for name, tool in tools.items() if tool.annotations.destructive_hint} == {
        "delete_customer_note"
    }
    assert {name for name, tool in tools.items() if not tool.annotations.read_only_hint} == {
        "delete_customer_note",
        "run_workflow",
    }


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("Profits beat every forecast and shares surge", "positive"),
        ("Shares plunge after an earnings miss and a downgrade", "negative"),
        ("The company will publish its report on Tuesday", "neutral"),
        ("Profits fall", "negative"),
        ("Profits are up by a fifth", "positive"),
        ("Insolvency", "negative"),
        ("The share price is 12.50", "neutral"),
    ],
)
def test_scores_texts_as_a_trader_would(sentiment: Any, text: str, mood: str, era: str) -> None:
    assert call(sentiment, "score_text", {"text": text}, era=era).structured_content["mood"] == mood


def test_scores_the_headlines_of_a_ticker(sentiment: Any) -> None:
    good, bad = (
        call(sentiment, "score_headlines", {"ticker": ticker}).structured_content
        for ticker in ("acme", "GLBX")
    )
    assert (good["mood"], bad["mood"]) == ("positive", "negative")
    assert len(good["headlines"]) == 3


def test_the_weather_is_the_mood_of_all_tickers(sentiment: Any) -> None:
    weather = call(sentiment, "get_weather").structured_content
    assert weather["weather"] in {"sunny", "cloudy", "stormy"}
    assert len(weather["tickers"]) == 8


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("score_text", {"text": ""}),
        ("score_text", {"text": "x" * 5001}),
        ("score_text", {}),
        ("score_headlines", {"ticker": "NONE"}),
        ("read_customer_portfolio", {"customer": "zoe"}),
        ("delete_customer_note", {"customer": "ada", "note": "99"}),
        ("run_workflow", {"name": "nightly"}),
    ],
)
def test_a_call_that_makes_no_sense_is_an_error_of_the_tool(
    sentiment: Any, tool: str, arguments: dict[str, Any]
) -> None:
    assert call(sentiment, tool, arguments).is_error


def test_a_note_that_is_deleted_is_gone(sentiment: Any) -> None:
    before = call(sentiment, "read_customer_portfolio", {"customer": "ben"}).structured_content
    deleted = call(sentiment, "delete_customer_note", {"customer": "ben", "note": "1"}).structured_content
    after = call(sentiment, "read_customer_portfolio", {"customer": "ben"}).structured_content
    assert set(before["notes"]) - set(after["notes"]) == {"1"}
    assert deleted["left"] == len(after["notes"])


@pytest.mark.parametrize("era", ERAS)
def test_a_portfolio_is_a_resource_too(sentiment: Any, era: str) -> None:
    read = use(sentiment, lambda client: client.read_resource("customers://cleo/portfolio"), era=era)
    assert "Cleo Example" in read.contents[0].text


@pytest.mark.parametrize("era", ERAS)
def test_what_is_refused_did_not_run(sentiment: Any, era: str) -> None:
    with pytest.raises(ExceptionGroup) as caught:
        call(
            sentiment,
            "delete_customer_note",
            {"customer": "ada", "note": "1"},
            scope="mcp:tools:weather",
            era=era,
        )
    assert caught.group_contains(MCPError)
    assert "1" in call(sentiment, "read_customer_portfolio", {"customer": "ada"}).structured_content["notes"]
