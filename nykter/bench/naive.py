"""What one would write first: two small comparators for ingest, as flows in Node-RED and scripts around paho do it.

Neither verifies a signature, keeps a ledger or answers. Both let the broker forget a message before it is stored, so a
crash loses what is under way (infra: 2,829 and 11,456 of 20,000 rows were left after kill -9).
"""

import queue
import time
from typing import Any

import psycopg
from psycopg import sql

from contracts.envelope import open_envelope
from contracts.reading import Reading
from nykter.bench.backlog import connected
from nykter.bench.place import Place

BATCH = 500
_INSERT = sql.SQL("INSERT INTO naive (topic, measured_at, brac, body) VALUES (%s, %s, %s, %s)")
_LIMIT_S = 60.0


def drain(place: Place, url: str, client_id: str, number: int, *, batch: int) -> float:
    """Messages per second into committed rows: one INSERT each (`batch` 1), or `batch` of them in a transaction."""
    waiting: queue.Queue[tuple[object, ...]] = queue.Queue()
    client = connected(place, client_id, clean=False)  # acknowledges by itself, before anything is stored
    client.on_message = lambda _c, _d, message: waiting.put(_row(message))
    with psycopg.connect(url, autocommit=batch == 1) as conn:
        conn.execute("CREATE TABLE naive (topic text, measured_at timestamptz, brac numeric, body bytea)")
        conn.commit()
        client.loop_start()
        started = time.perf_counter()
        stored = 0
        while stored < number and time.perf_counter() - started < _LIMIT_S:
            rows = [waiting.get(timeout=_LIMIT_S)]
            while len(rows) < min(batch, number - stored):
                rows.append(waiting.get(timeout=_LIMIT_S))
            with conn.cursor() as cursor:
                cursor.executemany(_INSERT, rows) if batch > 1 else cursor.execute(_INSERT, rows[0])
            if batch > 1:
                conn.commit()
            stored += len(rows)
        seconds = time.perf_counter() - started
    client.disconnect()
    client.loop_stop()
    return stored / seconds


def _row(message: Any) -> tuple[object, ...]:
    reading = Reading.model_validate_json(open_envelope(message.payload).body)
    return message.topic, reading.measured_at, reading.brac_mg_per_l, message.payload
