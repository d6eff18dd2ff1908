"""A port in use is said in words, before anything is started."""

import socket

import pytest

from nykter.errors import NykterError
from nykter.runtime.ports import accepts_connections, free_port, port_is_free, require_free_port


def test_a_port_somebody_listens_on_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not port_is_free(port)
        assert accepts_connections(port)
        with pytest.raises(NykterError, match=rf"Port {port}, wanted for the web pages, is in use"):
            require_free_port(port, "the web pages")


def test_a_free_port_is_returned_as_it_is() -> None:
    port = free_port()
    assert require_free_port(port, "the web pages") == port
    assert not accepts_connections(port)


def test_a_free_port_is_none_that_the_kernel_lends_to_outgoing_connections() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        lent = server.getsockname()[1]
    assert all(free_port() < min(lent, 32_768) for _ in range(20))


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_number_that_is_no_port_is_refused_as_a_wrong_call(port: int) -> None:
    with pytest.raises(NykterError, match="not a TCP port") as caught:
        require_free_port(port, "the web pages")
    assert caught.value.exit_code == 2
