"""Throw-away TimescaleDB servers: test runs share one tree, and none takes another's server for a leftover."""

from concurrent.futures import ThreadPoolExecutor

import psycopg

from nykter.runtime.timescale import TimescaleServer, why_unavailable
from tests.support.servers import missing


def test_servers_started_at_the_same_moment_leave_each_other_alone() -> None:
    if reason := why_unavailable():
        missing(reason)
    servers = [TimescaleServer("nykter_test", in_memory=True) for _ in range(3)]
    with ThreadPoolExecutor(len(servers)) as at_once:  # a server ends with the thread that started it
        try:
            for url in at_once.map(TimescaleServer.start, servers):
                with psycopg.connect(url) as connection:
                    found = connection.execute("SHOW shared_preload_libraries").fetchone()
                assert found == ("timescaledb",)
        finally:
            for server in servers:
                server.stop()
