"""Starts the demo in order: database, migrations, seed, services; says when it is ready; stays until it is stopped."""

import http
import http.client
import json
import sys
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from portal.management.announce import announce
from portal.management.home import Home, LaunchError, home_path, lock_home, open_home, write_environment
from portal.management.interrupt import Stopped
from portal.management.ports import Ports, choose_ports
from portal.management.postgres import open_cluster
from portal.management.processes import Processes

ROOT = Path(__file__).resolve().parents[2]
READY_PATIENCE = 90.0
DESCRIPTION = "/.well-known/oauth-protected-resource/mcp"


def run_demo(environ: dict[str, str]) -> None:
    """Run until Ctrl-C; raises LaunchError, with all stopped again, if something keeps it from running."""
    ports = choose_ports(environ)
    home = open_home(home_path())
    with lock_home(home) as lock, Processes(logs=home.logs, hold=[lock]) as processes:
        _set_aside_logs(home)
        try:
            Demo(home, ports, processes, environ).start()
            processes.watch()
        except Stopped:
            say("\nStopping …")
            processes.stop()
            say(f"Portico has stopped. Its data stay in {home.path}.")


def say(text: str) -> None:
    with suppress(BrokenPipeError):
        print(text, flush=True)


@dataclass(frozen=True)
class Demo:
    home: Home
    ports: Ports
    processes: Processes
    environ: dict[str, str]

    def start(self) -> None:
        say("Starting PostgreSQL …")
        databases = self._open_databases()
        settings = self._make_settings()
        write_environment(self.home.environment, settings | databases)
        # The web and the workers never learn the owner's address, nor the demo server anything but its own.
        services = self.environ | settings | databases
        owner_url = services.pop("DATABASE_OWNER_URL")
        owner = services | {"DATABASE_OWNER_URL": owner_url}
        say("Bringing its tables up to date …")
        self._run("migration", "manage.py", "migrate", "--database", "owner", env=owner)
        self._run("seed", "-m", "portal.demo.seed", env=owner | {"DEMO_PASSWORD": self._choose_password()})
        say("Starting web, worker, beat and the demo MCP server …")
        for name, arguments in self._services().items():
            self._start(name, *arguments, env=services)
        self._start("mcp", "-m", "portal.demo.mcp_server", env=self.environ | self._describe_mcp())
        self._wait_ready()
        say(announce(self.home))

    def _open_databases(self) -> dict[str, str]:
        names = ("DATABASE_URL", "DATABASE_OWNER_URL", "BROKER_URL")
        if not self.environ.get("DATABASE_URL"):
            cluster = open_cluster(self.home, self.processes)
            return dict(zip(names, (cluster.app_url, cluster.owner_url, cluster.broker_url), strict=True))
        missing = " and ".join(name for name in names if not self.environ.get(name))
        if missing:
            raise LaunchError(f"DATABASE_URL is set, so {missing} must be set too (see README, Settings).")
        return {name: self.environ[name] for name in names}

    def _make_settings(self) -> dict[str, str]:
        generated = self.home.read_secrets()
        return {
            "DJANGO_SETTINGS_MODULE": "portal.settings.development",
            "PORTAL_URL": f"http://localhost:{self.ports.web}",
            "SECRET_KEY": generated["secret_key"],
            "PORTICO_KEYS": generated["portico_keys"],
            "PORTICO_HOME": str(self.home.path),
            "MAIL_FILE": str(self.home.mail),
            "DEMO_MCP_PORT": str(self.ports.mcp),
        }

    def _choose_password(self) -> str:
        """The password given, which is kept for later starts, or the one generated."""
        known = self.home.read_secrets()
        password = self.environ.get("DEMO_PASSWORD") or known["demo_password"]
        if password != known["demo_password"]:
            self.home.write_secrets(known | {"demo_password": password})
        return password

    def _services(self) -> dict[str, list[str]]:
        web = ["--interface", "wsgi", "--host", self.ports.host, "--port", str(self.ports.web), "--no-ws"]
        web += [
            "--workers",
            "2",
            "--blocking-threads",
            "4",
            "--respawn-failed-workers",
            "--workers-kill-timeout",
            "4",
        ]
        celery = ["-m", "celery", "--app", "portal.celery"]
        worker = [
            "--concurrency",
            "1",
            "--hostname",
            "portico@localhost",
            "--without-gossip",
            "--without-mingle",
            # Nobody watches its events, and pgmq's topics, over which they would go, are not what kombu expects.
            "--without-heartbeat",
        ]
        schedule = str(self.home.path / "beat")
        return {
            "web": ["-m", "granian", *web, "portal.wsgi:application"],
            "worker": [*celery, "worker", "--loglevel", "INFO", *worker],
            "beat": [*celery, "beat", "--loglevel", "INFO", "--schedule", schedule, "--pidfile", ""],
        }

    def _describe_mcp(self) -> dict[str, str]:
        tenant = json.loads(self.home.demo.read_text())["tenants"]["acme"]
        server = tenant["resource_server"]
        return {
            "ISSUER": tenant["issuer"],
            "RESOURCE": tenant["resource"],
            "PORT": str(self.ports.mcp),
            "RESOURCE_SERVER_ID": server["client_id"],
            "RESOURCE_SERVER_SECRET": server["client_secret"],
        }

    def _run(self, name: str, *arguments: str, env: Mapping[str, str]) -> None:
        self.processes.run(name, [sys.executable, *arguments], env={**env, "PYTHONUNBUFFERED": "1"}, cwd=ROOT)

    def _start(self, name: str, *arguments: str, env: Mapping[str, str]) -> None:
        self.processes.start(
            name, [sys.executable, *arguments], env={**env, "PYTHONUNBUFFERED": "1"}, cwd=ROOT
        )

    def _wait_ready(self) -> None:
        """Ready is what answers: the web with its database, and the MCP server with its description."""
        waiting = {"web": (self.ports.web, "/healthz/ready"), "mcp": (self.ports.mcp, DESCRIPTION)}
        deadline = time.monotonic() + READY_PATIENCE
        while waiting:
            self.processes.check()
            waiting = {name: place for name, place in waiting.items() if not _answers(*place)}
            if time.monotonic() > deadline:
                names = " and ".join(waiting)
                raise LaunchError(
                    f"No answer from {names} in {READY_PATIENCE:.0f} seconds. The logs: {self.home.logs}"
                )
            time.sleep(0.05)


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with closing(connection), suppress(OSError, http.client.HTTPException):
        connection.request("GET", path, headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == http.HTTPStatus.OK
    return False


def _set_aside_logs(home: Home) -> None:
    """Each start has logs of its own, and keeps those of the one before."""
    for log in home.logs.glob("*.log"):
        log.replace(log.with_suffix(".log.1"))
