"""A port that can't be had is said before anything is started."""

import socket
from collections.abc import Iterator

import pytest

from portal.management.home import LaunchError
from portal.management.ports import Ports, choose_ports
from portal.management.server import find_port


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_takes_the_ports_that_are_set() -> None:
    web, mcp = find_port(), find_port()
    assert choose_ports({"PORT": str(web), "DEMO_MCP_PORT": str(mcp)}) == Ports("127.0.0.1", web, mcp)


@pytest.mark.parametrize("name", ["PORT", "DEMO_MCP_PORT"])
def test_says_which_port_is_in_use(name: str, taken: int) -> None:
    other = "DEMO_MCP_PORT" if name == "PORT" else "PORT"
    with pytest.raises(LaunchError, match=rf"^Port {taken} is in use: .* set {name} to another port\.$"):
        choose_ports({name: str(taken), other: str(find_port())})


def test_refuses_one_port_for_both() -> None:
    with pytest.raises(LaunchError, match="are both 4000"):
        choose_ports({"PORT": "4000", "DEMO_MCP_PORT": "4000"})


@pytest.mark.parametrize("value", ["0", "65536", "-1", "http", "80 ", "²"])
def test_refuses_what_is_no_port(value: str) -> None:
    with pytest.raises(LaunchError, match=r"^PORT is .* not a port"):
        choose_ports({"PORT": value})


def test_says_that_an_address_is_not_this_machines() -> None:
    with pytest.raises(LaunchError, match=r"can't listen on 192\.0\.2\.1"):
        choose_ports(
            {"PORTICO_HOST": "192.0.2.1", "PORT": str(find_port()), "DEMO_MCP_PORT": str(find_port())}
        )
