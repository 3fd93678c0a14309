"""CC-009: many registrations for the last place."""

from tests.places import open_place
from tests.races.crowd import Call, Crowd
from tests.scene import statuses
from tests.trail import events, rows

MANY = 50
QUOTA = 10


def test_the_last_place_is_taken_once(crowd: Crowd, rounds: range):
    for _ in rounds:
        place = open_place(registrations_per_hour=QUOTA)
        call = Call(
            "post",
            {"url": f"{place.issuer}/register", "document": {"redirect_uris": ["https://client.example/cb"]}},
        )
        assert statuses(crowd.rush([call] * (QUOTA - 1))) == {201: QUOTA - 1}
        outcomes = crowd.rush([call] * MANY)
        assert statuses(outcomes) == {201: 1, 429: MANY - 1}
        assert rows(place)["Client"] == QUOTA
        assert len(events(place, "ratelimit.hit")) == 1
