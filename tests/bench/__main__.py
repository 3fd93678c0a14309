"""CPU time a request, of the server's processes and of PostgreSQL, over real sockets.

A cluster of its own with fsync on, granian with two workers, four processes that ask. Compare figures of one run only.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from portal.management.postgres import Cluster, cluster
from tests.bench.measure import CPU, cpu_of, tree_of

PORT = int(os.environ.get("PORT", "8970"))
BASE = f"http://localhost:{PORT}"
REQUESTS = int(os.environ.get("REQUESTS", "4000"))
PATHS = ("client_credentials", "code exchange", "refresh", "introspection", "metadata", "jwks")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="portico-bench-") as home, cluster(Path(home)) as database:
        _set_environment(database)
        subprocess.run([sys.executable, "manage.py", "migrate", "--database", "owner", "-v", "0"], check=True)
        import django

        django.setup()
        from tests.bench.load import run_load
        from tests.bench.prepare import prepare

        with _server() as server:
            prepared = prepare(BASE, requests=REQUESTS)
            print(f"{'path':20} {'server ms':>10} {'PostgreSQL ms':>14} {'both ms':>9} {'requests/s':>11}")
            for path in PATHS:
                run_load(PORT, path, prepared, requests=200, warm=True)
                before, began = _cpu(server), time.monotonic()
                run_load(PORT, path, prepared, requests=REQUESTS, warm=False)
                elapsed, spent = time.monotonic() - began, _cpu(server) - before
                server_ms, database_ms = (1000 * part / REQUESTS for part in spent)
                print(
                    f"{path:20} {server_ms:10.2f} {database_ms:14.2f} {server_ms + database_ms:9.2f} {REQUESTS / elapsed:11.0f}"
                )


def _set_environment(database: Cluster) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "portal.settings.test",
        "PORTAL_URL": BASE,
        "DATABASE_URL": database.app_url,
        "DATABASE_OWNER_URL": database.owner_url,
    }


@contextmanager
def _server() -> Iterator[subprocess.Popen[bytes]]:
    command = [
        "granian",
        "--interface",
        "wsgi",
        "--port",
        str(PORT),
        "--workers",
        "2",
        "--blocking-threads",
        "2",
        "--no-ws",
        "portal.wsgi:application",
    ]
    server = subprocess.Popen(
        [sys.executable, "-m", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 30
        while not _answers():
            if time.monotonic() > deadline:
                sys.exit("The server did not answer.")
            time.sleep(0.1)
        yield server
    finally:
        server.terminate()
        server.wait()


def _answers() -> bool:
    try:
        return httpx.get(f"{BASE}/healthz/live").status_code == 200
    except httpx.TransportError:
        return False


def _cpu(server: subprocess.Popen[bytes]) -> CPU:
    return CPU(cpu_of(tree_of(server.pid)), cpu_of(tree_of(os.getpid(), named="postgres")))


if __name__ == "__main__":
    main()
