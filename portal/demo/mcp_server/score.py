"""The mood of a text, by VADER's rules with the words of finance added."""

from functools import cache
from typing import Literal

from typing_extensions import TypedDict  # pydantic can't read the standard one's before Python 3.12
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

Mood = Literal["positive", "neutral", "negative"]

#: From -4 to 4. VADER learnt its words from everyday talk, where "beat" is violence and "liability" nothing.
FINANCE = {
    "beat": 2.0,
    "beats": 2.0,
    "tops": 1.8,
    "topped": 1.8,
    "outperform": 2.2,
    "outperforms": 2.2,
    "upgrade": 1.9,
    "upgraded": 1.9,
    "upgrades": 1.9,
    "bullish": 2.4,
    "rally": 1.9,
    "rallies": 1.9,
    "rallied": 1.9,
    "surge": 2.1,
    "surges": 2.1,
    "surged": 2.1,
    "soars": 2.3,
    "soared": 2.3,
    "rebound": 1.5,
    "rebounds": 1.5,
    "dividend": 1.0,
    "buyback": 1.3,
    "record": 1.2,
    # Good, and outweighed by what becomes of it.
    "profit": 0.5,
    "profits": 0.5,
    "rise": 1.2,
    "rises": 1.2,
    "rose": 1.2,
    "climbs": 1.3,
    "climbed": 1.3,
    "grows": 1.2,
    "grew": 1.2,
    "raises": 1.0,
    "miss": -2.0,
    "misses": -2.0,
    "missed": -2.0,
    "underperform": -2.0,
    "downgrade": -2.0,
    "downgraded": -2.0,
    "downgrades": -2.0,
    "bearish": -2.4,
    "plunge": -2.4,
    "plunges": -2.4,
    "plunged": -2.4,
    "slump": -2.0,
    "slumps": -2.0,
    "slides": -1.3,
    "fall": -1.3,
    "falls": -1.3,
    "fell": -1.3,
    "drop": -1.3,
    "drops": -1.3,
    "dropped": -1.3,
    "decline": -1.3,
    "declines": -1.3,
    "shrinks": -1.2,
    "tumbles": -1.9,
    "selloff": -2.0,
    "layoffs": -2.1,
    "recall": -1.7,
    "recalls": -1.7,
    "default": -2.4,
    "defaults": -2.4,
    "insolvency": -2.9,
    "probe": -1.5,
    "lawsuit": -1.8,
    "writedown": -2.0,
    "cuts": -1.1,
    "shortfall": -1.8,
    "volatile": -1.0,
    "liability": -1.0,
    # Names of things in finance, not feelings.
    "share": 0.0,
    "shares": 0.0,
    "interest": 0.0,
    "debt": -0.5,
    "gross": 0.0,
}


class Score(TypedDict):
    mood: Mood
    score: float


def score(text: str) -> Score:
    """Score from -1 to 1; within 0.05 of zero nothing is claimed, as VADER's authors advise."""
    value: float = _load_analyzer().polarity_scores(text)["compound"]
    return Score(mood=name_mood(value), score=value)


def name_mood(value: float) -> Mood:
    if value >= 0.05:
        return "positive"
    return "negative" if value <= -0.05 else "neutral"


@cache
def _load_analyzer() -> SentimentIntensityAnalyzer:
    analyzer = SentimentIntensityAnalyzer()
    analyzer.lexicon.update(FINANCE)
    return analyzer
