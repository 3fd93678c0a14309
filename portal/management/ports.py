"""The two ports people see, and whether they can be had."""

import errno
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from portal.management.home import LaunchError


@dataclass(frozen=True)
class Ports:
    host: str
    web: int
    mcp: int


def choose_ports(environ: Mapping[str, str]) -> Ports:
    ports = Ports(
        # Not HOST, which shells and compilers' environments set to something else.
        host=environ.get("PORTICO_HOST") or "127.0.0.1",
        web=_read_port(environ, "PORT", 8000),
        mcp=_read_port(environ, "DEMO_MCP_PORT", 8001),
    )
    if ports.web == ports.mcp:
        raise LaunchError(f"PORT and DEMO_MCP_PORT are both {ports.web}: set one of them to another port.")
    _check_port(ports.host, ports.web, "PORT")
    _check_port(ports.host, ports.mcp, "DEMO_MCP_PORT")
    return ports


def _read_port(environ: Mapping[str, str], name: str, default: int) -> int:
    value = environ.get(name) or str(default)
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise LaunchError(f"{name} is {value!r}, which is not a port: set it to a number from 1 to 65535.")
    return int(value)


def _check_port(host: str, port: int, name: str) -> None:
    # Whoever listens on ::1 would be what browsers reach as localhost.
    for address in dict.fromkeys((host, "127.0.0.1", "::1")):
        try:
            _bind(address, port)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise LaunchError(
                    f"Port {port} is in use: stop what listens there, or set {name} to another port."
                ) from error
            if address == host:
                raise LaunchError(
                    f"Portico can't listen on {host}, port {port}: {os.strerror(error.errno or 0)}. Set {name} to another port."
                ) from error


def _bind(address: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        # As servers do, so that connections that were closed a moment ago don't count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((address, port))
