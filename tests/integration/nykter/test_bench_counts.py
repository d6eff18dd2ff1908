"""The benchmark's own count of what is committed."""

import psycopg

from nykter.bench.drain import Committed

_INSERT = (
    b"INSERT INTO message_key SELECT 'gw-' || n, '00', %(first)s + n, 'reading', sha256('x'), now()"
    b" FROM generate_series(1, %(number)s) AS n"
)


def test_it_reads_only_new_pages_and_still_counts_every_row(postgres_database: str) -> None:
    with (
        psycopg.connect(postgres_database, autocommit=True) as writer,
        psycopg.connect(postgres_database, autocommit=True) as other,
        psycopg.connect(postgres_database, autocommit=True) as reader,
    ):
        committed, there = Committed(reader), 0
        for number in (1, 2000, 20_000, 0, 30_000, 5):
            for conn in (writer, other):
                conn.execute(_INSERT, {"first": there, "number": number})
                there += number
            assert committed.look() <= there
        assert committed.look() == there == 2 * 52_006
        plan = reader.execute(b"EXPLAIN SELECT count(*) FROM message_key WHERE ctid >= '(900,0)'").fetchall()
        assert "Tid Range Scan" in str(plan)
