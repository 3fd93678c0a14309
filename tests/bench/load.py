"""The load: processes that ask over kept connections and check each answer's status."""

import http.client
import json
from multiprocessing import get_context
from urllib.parse import urlencode

from tests.bench.prepare import Prepared

PROCESSES = 4
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def run_load(port: int, path: str, prepared: Prepared, *, requests: int, warm: bool) -> None:
    share = requests // PROCESSES
    with get_context("fork").Pool(PROCESSES) as pool:
        pool.starmap(_ask, [(port, path, prepared, share, number, warm) for number in range(PROCESSES)])


def _ask(port: int, path: str, prepared: Prepared, share: int, number: int, warm: bool) -> None:  # noqa: FBT001
    asker = _Asker(http.client.HTTPConnection("localhost", port), prepared)
    {
        "client_credentials": asker.client_credentials,
        "code exchange": asker.exchange,
        "refresh": asker.refresh,
        "introspection": asker.introspect,
        "metadata": asker.metadata,
        "jwks": asker.jwks,
    }[path](share, number, warm)


class _Asker:
    def __init__(self, connection: http.client.HTTPConnection, prepared: Prepared) -> None:
        self.connection = connection
        self.prepared = prepared

    def client_credentials(self, share: int, *_: object) -> None:
        for _ in range(share):
            self._token(grant_type="client_credentials", resource=self.prepared.resource)

    def exchange(self, share: int, number: int, warm: bool) -> None:  # noqa: FBT001
        codes = self.prepared.warm_codes if warm else self.prepared.codes
        for code in codes[number * share : (number + 1) * share]:
            self._redeem(code)

    def refresh(self, share: int, number: int, warm: bool) -> None:  # noqa: FBT001
        token = self._redeem(self.prepared.refresh_codes[number + (PROCESSES if warm else 0)])[
            "refresh_token"
        ]
        for _ in range(share):
            token = self._token(grant_type="refresh_token", refresh_token=token)["refresh_token"]

    def introspect(self, share: int, number: int, warm: bool) -> None:  # noqa: FBT001
        token = self._redeem(self.prepared.refresh_codes[10 + number + (PROCESSES if warm else 0)])[
            "access_token"
        ]
        form = {
            "token": token,
            "client_id": self.prepared.server_id,
            "client_secret": self.prepared.server_secret,
        }
        for _ in range(share):
            assert self._post("/introspect", form)["active"]

    def metadata(self, share: int, *_: object) -> None:
        for _ in range(share):
            self._get(f"/.well-known/oauth-authorization-server{self.prepared.prefix}")

    def jwks(self, share: int, *_: object) -> None:
        for _ in range(share):
            self._get(f"{self.prepared.prefix}/jwks")

    def _redeem(self, code: str) -> dict[str, str]:
        return self._token(
            grant_type="authorization_code",
            code=code,
            redirect_uri="https://client.example/callback",
            code_verifier=self.prepared.verifier,
        )

    def _token(self, **form: str) -> dict[str, str]:
        proof = {"client_id": self.prepared.client_id, "client_secret": self.prepared.secret}
        return self._post("/token", {**form, **proof})

    def _post(self, path: str, form: dict[str, str]) -> dict[str, str]:
        self.connection.request("POST", self.prepared.prefix + path, urlencode(form), FORM)
        return dict(json.loads(self._read()))

    def _get(self, path: str) -> None:
        self.connection.request("GET", path)
        self._read()

    def _read(self) -> bytes:
        response = self.connection.getresponse()
        body = response.read()
        assert response.status == 200, body
        return body
